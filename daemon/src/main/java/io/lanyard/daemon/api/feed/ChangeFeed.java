package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.list.Filter;
import io.lanyard.daemon.node.Node;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.IteratingCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The change feed over HTTP, for as long as the caller listens: the same events as over WebSocket, either one JSON object
 * a line, or as server-sent events for whoever accepts {@code text/event-stream}. Something comes now and then in any
 * case, so that both sides know that the other is there.
 */
public final class ChangeFeed extends IteratingCallback implements Streams.Stream, FrameBudget.Holder {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long NO_ROOM_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int PART_CHARACTERS = FrameBudget.SMALL_CHARACTERS;
    private static final Set<String> PARAMETERS = Set.of("since", "collection", "where", "echo", "live");
    private static final int RETRY_MILLIS = 2_000;
    private static final String EVENT_STREAM = "text/event-stream";

    private final Exchange exchange;
    private final Streams streams;
    private final FeedCursor cursor;
    private final Caller caller;
    private final String client;
    private final boolean isLive;
    private final boolean isEventStream;
    private Caller.Registration endOfToken = () -> {};
    private Optional<Outgoing> first;
    private boolean isBegun;
    private boolean isEnding;
    private Outgoing underWay;
    private int written;
    private volatile boolean isHeartbeatDue;
    private volatile boolean isShutDown;
    private volatile long lastWriteNanos = System.nanoTime();
    private volatile boolean isWriting;
    private final AtomicBoolean hasFailed = new AtomicBoolean();

    private ChangeFeed(
            Exchange exchange,
            Streams streams,
            FeedCursor cursor,
            boolean isLive,
            boolean isEventStream,
            Optional<Outgoing> first) {
        this.exchange = exchange;
        this.streams = streams;
        this.cursor = cursor;
        this.caller = exchange.caller();
        this.client = exchange.client();
        this.isLive = isLive;
        this.isEventStream = isEventStream;
        this.first = first;
    }

    /**
     * Starts a feed as the exchange asks for it.
     *
     * @throws Problem.ProblemException if it asks for something that is not there, {@code resync_required} if its
     *     position is not known
     */
    public static void start(Exchange exchange, Node node, Streams streams, Events events) {
        exchange.allowParameters(PARAMETERS);
        List<String> names = new ArrayList<>();
        exchange.parameters("collection").forEach(value -> names.addAll(List.of(value.split(","))));
        Selection selection = new Selection(
                new CollectionPattern(names).within(exchange.caller()),
                Filter.parse(exchange.parameters("where")),
                exchange.flag("echo", false),
                exchange.caller(),
                null);
        boolean isLive = exchange.flag("live", true);
        boolean isEventStream = exchange.header(HttpHeader.ACCEPT)
                .filter(accepted -> accepted.toLowerCase(Locale.ROOT).contains(EVENT_STREAM))
                .isPresent();
        // A reader that comes back says by its header where it was, whatever its address says.
        String since = Optional.ofNullable(exchange.request().getHeaders().get("Last-Event-ID"))
                .filter(id -> !id.isEmpty())
                .or(() -> exchange.parameter("since"))
                .orElse("start");
        FeedCursor cursor = new FeedCursor(node, events, since, selection);
        Optional<Outgoing> first;
        try {
            first = cursor.next(exchange.client());
        } catch (Node.ResyncRequiredException e) {
            throw Code.RESYNC_REQUIRED.exception(
                    "the position " + Texts.shortened(since) + " is not known to this store",
                    "read again with since=start");
        }
        streams.reserve(exchange.caller());
        ChangeFeed feed = new ChangeFeed(exchange, streams, cursor, isLive, isEventStream, first);
        streams.add(feed);
        exchange.response()
                .getHeaders()
                .put(HttpHeader.CONTENT_TYPE, isEventStream ? EVENT_STREAM : "application/x-ndjson");
        exchange.response().setStatus(200);
        feed.watchToken();
        feed.iterate();
    }

    private void watchToken() {
        endOfToken = caller.onEnd(this::shutDown);
    }

    @Override
    public void wake() {
        streams.execute(this::iterate);
    }

    @Override
    public void peersChanged() {
        // A feed tells of documents only.
    }

    @Override
    public void tick(long nowNanos) {
        long silentNanos = nowNanos - lastWriteNanos;
        if (isWriting && silentNanos > STALL_NANOS) {
            cutOff();
        } else if (caller.isEnded()) {
            shutDown();
        } else if (!isWriting && silentNanos > HEARTBEAT_NANOS) {
            isHeartbeatDue = true;
            iterate();
        }
    }

    @Override
    public void shutDown() {
        isShutDown = true;
        iterate();
    }

    @Override
    public void cutOff() {
        abort(new TimeoutException("the reader of a change feed took nothing for too long"));
    }

    @Override
    protected Action process() {
        isWriting = false;
        if (underWay != null && written == underWay.length()) {
            underWay = null;
            streams.budget().release(this);
        }
        if (underWay == null) {
            Outgoing message = isShutDown || isEnding ? null : nextMessage();
            if (message == null) {
                return isShutDown || isEnding ? Action.SUCCEEDED : Action.IDLE;
            }
            streams.budget().hold(this, message, System.nanoTime());
            underWay = message;
            written = 0;
        }
        String part = underWay.part(written, PART_CHARACTERS);
        written += part.length();
        isHeartbeatDue = false;
        lastWriteNanos = System.nanoTime();
        isWriting = true;
        exchange.response().write(false, ByteBuffer.wrap(part.getBytes(StandardCharsets.UTF_8)), this);
        return Action.SCHEDULED;
    }

    @Override
    protected void onCompleteSuccess() {
        end();
        exchange.response().write(true, null, exchange.callback());
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        if (cause instanceof RuntimeException) {
            LOG.error("a change feed could not be served", cause);
        }
        underWay = null;
        fail(cause);
    }

    /** Comes at once, while what was handed over last is still stuck. */
    @Override
    protected void onAborted(Throwable cause) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        if (hasFailed.compareAndSet(false, true)) {
            end();
            exchange.callback().failed(cause);
        }
    }

    private void end() {
        streams.remove(this);
        streams.budget().release(this);
        endOfToken.close();
    }

    /** Returns what to write next, {@code null} if there is nothing. */
    private Outgoing nextMessage() {
        if (!streams.budget().hasRoom(System.nanoTime())) {
            streams.executeLater(this::wake, NO_ROOM_NANOS);
            return null;
        }
        Optional<Outgoing> message = first;
        first = Optional.empty();
        if (message.isEmpty() && !isLive && cursor.isSynced()) {
            isEnding = true;
            return null;
        }
        try {
            message = message.isPresent() ? message : cursor.next(client);
        } catch (Node.ResyncRequiredException e) {
            isEnding = true;
            message = Optional.of(cursor.resyncRequired());
        }
        if (message.isPresent()) {
            return framed(message.get());
        }
        if (cursor.isPausing()) {
            wake();
        }
        return isHeartbeatDue ? Outgoing.of(isEventStream ? ":\nid: " + cursor.place() + "\n\n" : "\n") : null;
    }

    private Outgoing framed(Outgoing message) {
        if (!isEventStream) {
            return new Outgoing(message.shared(), message.own() + "\n");
        }
        String intro = isBegun ? "" : "retry: " + RETRY_MILLIS + "\n";
        isBegun = true;
        return new Outgoing(
                intro + "id: " + cursor.place() + "\ndata: ", message.shared(), message.own() + "\n\n", false);
    }
}
