package io.lanyard.daemon.api;

import io.lanyard.daemon.node.JournaledConflict;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.Node.ConflictFilter;
import io.lanyard.daemon.security.Scope.Right;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of one program by WebSocket.
 *
 * <p>What keeps its memory bounded, whatever the program does:
 *
 * <ol>
 *   <li>One frame is under way at a time. The next is made when the socket has taken it: first answers, then news of
 *       peers and conflicts, then one event of each subscription in turn.
 *   <li>A subscription is a {@link FeedCursor}, not a queue.
 *   <li>Nothing more is read while {@value Limits#MAX_UNANSWERED} requests wait for their answers.
 *   <li>A frame that the other side does not take within {@value #STALL_SECONDS} s ends the connection.
 * </ol>
 *
 * <p>What is not final is guarded by this object's lock, or belongs to whoever runs {@link #process()}, which the
 * superclass lets one thread do at a time.
 *
 * <p>Public only because Jetty insists.
 */
public final class Socket extends IteratingCallback implements Session.Listener, Streams.Stream {

    /** Who is not signed in, or not any more. */
    static final int NOT_SIGNED_IN = 4001;

    private static final int TOO_SLOW = 4008;
    private static final int GOING_AWAY = 1001;
    private static final int NOT_TEXT = 1003;
    private static final int FAILED = 1011;
    private static final int STALL_SECONDS = 30;
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(STALL_SECONDS);
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long SIGN_IN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int CONFLICTS_AT_ONCE = 16;
    private static final Logger LOG = LoggerFactory.getLogger(Socket.class);

    private final Node node;
    private final Streams streams;
    private final SocketRequests requests;
    private final long openedNanos = System.nanoTime();

    private final Deque<String> answers = new ArrayDeque<>();
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private final Deque<JournaledConflict> conflicts = new ArrayDeque<>();
    private Session session;
    private String client;
    private Caller caller;
    private final SignIn.Refusal refusal;
    private Caller.Registration tokenEnd = () -> {};
    private boolean isClosing;
    private boolean isReadingPaused;
    private boolean arePeersChanged;
    private long lastConflict;
    private int unanswered;
    private boolean isAnswerUnderWay;
    private long sendingSinceNanos;
    private long closingSinceNanos;
    private long pingedNanos = openedNanos;

    /**
     * Makes the connection of a program that has not been heard yet.
     *
     * @param client the name it gave itself when it connected
     * @param door where it shows a token
     * @param outcome what became of the token that came along with the request; empty if none did
     */
    Socket(
            Node node,
            Streams streams,
            SignIn door,
            BatchRunner batches,
            String client,
            Optional<SignIn.Outcome> outcome) {
        this.node = node;
        this.streams = streams;
        this.client = client;
        this.caller = outcome.map(SignIn.Outcome::caller).orElse(null);
        this.refusal = outcome.map(SignIn.Outcome::refusal).orElse(null);
        this.lastConflict = streams.lastConflict();
        this.requests = new SocketRequests(this, node, door, batches);
    }

    // ---- what the program says

    @Override
    public void onWebSocketOpen(Session opened) {
        synchronized (this) {
            session = opened;
        }
        streams.add(this);
        opened.setIdleTimeout(Duration.ofSeconds(60));
        opened.setMaxTextMessageSize(isSignedIn() ? Limits.MAX_MESSAGE_BYTES : Limits.MAX_SIGN_IN_BYTES);
        if (refusal != null) {
            close(refusal.closeCode(), refusal.reason());
        } else if (isSignedIn()) {
            watchToken(caller());
        }
        opened.demand();
    }

    @Override
    public void onWebSocketText(String message) {
        synchronized (this) {
            unanswered++;
        }
        requests.receive(message);
        boolean isReading;
        synchronized (this) {
            isReading = unanswered < Limits.MAX_UNANSWERED;
            isReadingPaused = !isReading;
        }
        if (isReading) {
            session.demand();
        }
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        callback.succeed();
        close(NOT_TEXT, "send text frames");
        session.demand();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        LOG.debug("a WebSocket failed", cause);
    }

    @Override
    public void onWebSocketClose(int statusCode, String reason, Callback callback) {
        streams.remove(this);
        tokenEnd().close();
        synchronized (this) {
            isClosing = true;
            subscriptions.clear();
            answers.clear();
        }
        callback.succeed();
    }

    // ---- what its requests do

    /** Returns whether the program showed the token. */
    synchronized boolean isSignedIn() {
        return caller != null;
    }

    /** Returns who speaks, {@code null} before a token was shown. */
    synchronized Caller caller() {
        return caller;
    }

    /** Lets the program do from now on what {@code known} may. */
    void signIn(Caller known) {
        synchronized (this) {
            caller = known;
        }
        watchToken(known);
        session.setMaxTextMessageSize(Limits.MAX_MESSAGE_BYTES);
    }

    private void watchToken(Caller known) {
        tokenEnd().close();
        Caller.Registration registration = known.onEnd(this::tokenEnded);
        synchronized (this) {
            tokenEnd = registration;
        }
    }

    private synchronized Caller.Registration tokenEnd() {
        return tokenEnd;
    }

    private void tokenEnded() {
        close(NOT_SIGNED_IN, "the token was revoked or has expired");
    }

    /** Returns the name that the program gave itself. */
    synchronized String client() {
        return client;
    }

    /** Gives the program a name. */
    synchronized void setClient(String name) {
        client = name;
    }

    /** Looks for something to say after that time. */
    void wakeAfter(long nanos) {
        streams.executeLater(this::wake, nanos);
    }

    /** Starts a subscription; returns false if there is one of that name, or too many. */
    boolean subscribe(Subscription subscription) {
        synchronized (this) {
            if (subscriptions.containsKey(subscription.ref()) || subscriptions.size() >= Limits.MAX_SUBSCRIPTIONS) {
                return false;
            }
            subscriptions.put(subscription.ref(), subscription);
        }
        wake();
        return true;
    }

    /** Ends a subscription; returns false if there is none of that name. */
    synchronized boolean unsubscribe(String ref) {
        return subscriptions.remove(ref) != null;
    }

    /** Answers a request; {@code null} for a request that needs no answer. */
    void answer(String message) {
        synchronized (this) {
            if (message == null) {
                unanswered--;
            } else if (!isClosing) {
                answers.add(message);
            }
        }
        wake();
    }

    /** Ends the connection. */
    void close(int status, String reason) {
        synchronized (this) {
            if (isClosing || session == null) {
                return;
            }
            isClosing = true;
            closingSinceNanos = System.nanoTime();
        }
        session.close(status, reason, Callback.NOOP);
    }

    // ---- what the daemon says

    @Override
    public void wake() {
        streams.execute(this::iterate);
    }

    @Override
    public void peersChanged() {
        synchronized (this) {
            arePeersChanged = true;
        }
        wake();
    }

    @Override
    public void tick(long nowNanos) {
        boolean isOverdue;
        boolean isStalled;
        boolean isPingDue;
        boolean isGone;
        synchronized (this) {
            if (session == null) {
                return;
            }
            isGone = isClosing && nowNanos - closingSinceNanos > GRACE_NANOS;
            isOverdue = caller == null && nowNanos - openedNanos > SIGN_IN_NANOS;
            isStalled = sendingSinceNanos != 0 && nowNanos - sendingSinceNanos > STALL_NANOS;
            isPingDue = !isClosing && sendingSinceNanos == 0 && nowNanos - pingedNanos > PING_NANOS;
            pingedNanos = isPingDue ? nowNanos : pingedNanos;
        }
        Caller known = caller();
        if (known != null && known.isEnded()) {
            tokenEnded();
        }
        if (isGone) {
            session.disconnect();
            streams.remove(this);
        } else if (isStalled) {
            streams.countTooSlow();
            close(TOO_SLOW, "too slow" + resumePositions());
        } else if (isOverdue) {
            close(NOT_SIGNED_IN, "no token came within 5 s");
        } else if (isPingDue) {
            session.sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        }
    }

    @Override
    public void shutDown() {
        close(GOING_AWAY, "the daemon is shutting down");
    }

    @Override
    public synchronized int subscriptionCount() {
        return subscriptions.size();
    }

    @Override
    protected Action process() {
        frameTaken();
        String frame;
        try {
            frame = nextFrame();
        } catch (RuntimeException e) {
            LOG.error("a WebSocket could not be served", e);
            close(FAILED, "the daemon failed");
            return Action.IDLE;
        }
        if (frame == null) {
            return Action.IDLE;
        }
        synchronized (this) {
            sendingSinceNanos = System.nanoTime();
        }
        session.sendText(frame, Callback.from(this::succeeded, this::failed));
        return Action.SCHEDULED;
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        LOG.debug("a WebSocket took no more", cause);
        streams.remove(this);
        session.disconnect();
    }

    private void frameTaken() {
        boolean isReadingResumed = false;
        synchronized (this) {
            sendingSinceNanos = 0;
            if (isAnswerUnderWay) {
                isAnswerUnderWay = false;
                unanswered--;
            }
            if (isReadingPaused && unanswered < Limits.MAX_UNANSWERED) {
                isReadingPaused = false;
                isReadingResumed = true;
            }
        }
        if (isReadingResumed) {
            session.demand();
        }
    }

    /** Returns what to say next, {@code null} if there is nothing. */
    private String nextFrame() {
        Caller known = caller();
        if (known != null && known.isEnded()) {
            tokenEnded();
            return null;
        }
        String frame = nextAnswer();
        frame = frame == null ? nextNews() : frame;
        return frame == null ? nextEvent() : frame;
    }

    private synchronized String nextAnswer() {
        if (isClosing) {
            return null;
        }
        String answer = answers.poll();
        isAnswerUnderWay = answer != null;
        return answer;
    }

    private String nextNews() {
        boolean isStatusDue;
        synchronized (this) {
            if (isClosing || caller == null) {
                return null;
            }
            isStatusDue = arePeersChanged;
            arePeersChanged = false;
        }
        if (isStatusDue) {
            JsonWriter json = new JsonWriter().beginObject().field("type", "status");
            if (caller().mayUse(Right.STATUS)) {
                EventJson.status(json, node.status());
            } else {
                OwnStatus.write(json, node, caller());
            }
            return json.endObject().toString();
        }
        while (conflicts.isEmpty() && streams.lastConflict() > lastConflict) {
            long after = Math.max(lastConflict, streams.beforeFirstConflict());
            List<JournaledConflict> found =
                    node.conflicts(ConflictFilter.ALL, after, CONFLICTS_AT_ONCE).items();
            found.stream()
                    .filter(conflict -> caller().mayRead(conflict.id().collection()))
                    .forEach(conflicts::add);
            lastConflict = found.isEmpty()
                    ? streams.lastConflict()
                    : found.get(found.size() - 1).number();
        }
        if (conflicts.isEmpty()) {
            return null;
        }
        JsonWriter json = new JsonWriter().beginObject().field("type", "conflict");
        EventJson.conflict(json, conflicts.removeFirst());
        return json.endObject().toString();
    }

    private String nextEvent() {
        List<Subscription> turn;
        String name;
        synchronized (this) {
            if (isClosing || caller == null) {
                return null;
            }
            turn = List.copyOf(subscriptions.values());
            name = client;
        }
        for (Subscription subscription : turn) {
            String event;
            try {
                event = subscription.next(name, System.nanoTime());
            } catch (Node.ResyncRequiredException e) {
                unsubscribe(subscription.ref());
                return subscription.resyncRequired();
            }
            if (event != null) {
                moveToEnd(subscription);
                return event;
            }
        }
        return null;
    }

    private synchronized void moveToEnd(Subscription subscription) {
        if (subscriptions.remove(subscription.ref(), subscription)) {
            subscriptions.put(subscription.ref(), subscription);
        }
    }

    private synchronized String resumePositions() {
        return subscriptions.values().stream()
                .findFirst()
                .map(subscription -> "; resume from " + subscription.position())
                .orElse("");
    }
}
