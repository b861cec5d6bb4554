package io.lanyard.daemon.api;

import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.node.Node;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.IteratingCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The change feed over HTTP: one JSON object a line, the same as the events of the WebSocket, for as long as the caller
 * listens. A blank line now and then shows both sides that the other is there.
 */
final class ChangeFeed extends IteratingCallback implements Streams.Stream {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
    private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final Set<String> PARAMETERS = Set.of("since", "collection", "echo", "live");

    private final Exchange exchange;
    private final Streams streams;
    private final FeedCursor cursor;
    private final String client;
    private final boolean isLive;
    private final Optional<String> first;
    private boolean isFirstSent;
    private boolean isEnding;
    private volatile boolean isHeartbeatDue;
    private volatile boolean isShutDown;
    private volatile Caller.Registration tokenEnd = () -> {};
    private volatile long lastWriteNanos = System.nanoTime();
    private volatile boolean isWriting;

    private ChangeFeed(
            Exchange exchange, Streams streams, FeedCursor cursor, String client, boolean isLive, String first) {
        this.exchange = exchange;
        this.streams = streams;
        this.cursor = cursor;
        this.client = client;
        this.isLive = isLive;
        this.first = Optional.ofNullable(first);
    }

    /**
     * Starts a feed as the exchange asks for it.
     *
     * @throws Problem.ProblemException if it asks for something that is not there, {@code resync_required} if its
     *     position is not known
     */
    static void start(Exchange exchange, Node node, Streams streams) {
        exchange.allowParameters(PARAMETERS);
        List<String> names = new ArrayList<>();
        exchange.parameters("collection").forEach(value -> names.addAll(List.of(value.split(","))));
        CollectionPattern wanted = new CollectionPattern(names).within(exchange.caller());
        boolean isEchoing = exchange.flag("echo", false);
        boolean isLive = exchange.flag("live", true);
        String since = exchange.parameter("since").orElse("start");
        FeedCursor cursor = new FeedCursor(node, since, wanted, isEchoing, null);
        String client = exchange.client();
        String first;
        try {
            first = cursor.next(client).orElse(null);
        } catch (Node.ResyncRequiredException e) {
            throw Code.RESYNC_REQUIRED.exception(
                    "the position " + Texts.shortened(since) + " is not known to this store",
                    "read again with since=start");
        }
        streams.reserve();
        ChangeFeed feed = new ChangeFeed(exchange, streams, cursor, client, isLive, first);
        streams.add(feed);
        exchange.response().getHeaders().put(HttpHeader.CONTENT_TYPE, "application/x-ndjson");
        exchange.response().setStatus(200);
        feed.iterate();
        feed.tokenEnd = exchange.caller().onEnd(feed::shutDown);
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
        if (exchange.caller().isEnded()) {
            shutDown();
            return;
        }
        long silentNanos = nowNanos - lastWriteNanos;
        if (isWriting && silentNanos > STALL_NANOS) {
            abort(new TimeoutException("the reader of a change feed took nothing for too long"));
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
    protected Action process() {
        isWriting = false;
        isShutDown |= exchange.caller().isEnded();
        String line = isShutDown || isEnding ? null : nextLine();
        if (line == null) {
            return isShutDown || isEnding ? Action.SUCCEEDED : Action.IDLE;
        }
        isHeartbeatDue = false;
        lastWriteNanos = System.nanoTime();
        isWriting = true;
        exchange.response().write(false, ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)), this);
        return Action.SCHEDULED;
    }

    @Override
    protected void onCompleteSuccess() {
        streams.remove(this);
        tokenEnd.close();
        exchange.response().write(true, null, exchange.callback());
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        if (cause instanceof RuntimeException) {
            LOG.error("a change feed could not be served", cause);
        }
        streams.remove(this);
        tokenEnd.close();
        exchange.callback().failed(cause);
    }

    private String nextLine() {
        if (!isFirstSent) {
            isFirstSent = true;
            if (first.isPresent()) {
                return first.get();
            }
        }
        if (!isLive && cursor.isSynced()) {
            isEnding = true;
            return null;
        }
        try {
            return cursor.next(client).orElse(isHeartbeatDue ? "" : null);
        } catch (Node.ResyncRequiredException e) {
            isEnding = true;
            return cursor.resyncRequired();
        }
    }
}
