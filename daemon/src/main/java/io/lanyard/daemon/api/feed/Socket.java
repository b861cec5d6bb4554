package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.request.BatchRunner;
import io.lanyard.daemon.node.Node;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
 *   <li>One message is under way at a time, and of a long one a part ({@value #PART_CHARACTERS} characters, a frame of
 *       its own). The next is made when the socket has taken it: first answers, then news of peers and conflicts, then one
 *       event of each subscription in turn.
 *   <li>A subscription is a {@link FeedCursor}, not a queue.
 *   <li>Long messages of all connections together have a {@link FrameBudget}; who is slow when it is used up is cut off.
 *   <li>Nothing more is read while {@value Limits#MAX_UNANSWERED} requests wait for their answers.
 *   <li>A frame that the other side does not take within {@value #STALL_SECONDS} s ends the connection.
 * </ol>
 *
 * <p>What is not final is guarded by this object's lock, or belongs to whoever runs {@link #process()}, which the
 * superclass lets one thread do at a time.
 *
 * <p>Public only because Jetty insists.
 */
public final class Socket extends IteratingCallback implements Session.Listener, Streams.Stream, FrameBudget.Holder {

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
    private static final long NO_ROOM_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int PART_CHARACTERS = FrameBudget.SMALL_CHARACTERS;
    private static final Logger LOG = LoggerFactory.getLogger(Socket.class);

    private final Streams streams;
    private final SocketRequests requests;
    private final long openedNanos = System.nanoTime();

    private final Deque<Supplier<Outgoing>> answers = new ArrayDeque<>();
    private final Subscriptions subscriptions = new Subscriptions();
    private final SocketNews news;
    private Session session;
    private String client;
    private Caller caller;
    private final SignIn.Refusal refusal;
    private boolean isClosing;
    private boolean isReadingPaused;
    private int unanswered;

    /** The message under way, {@code null} if there is none, and how much of it was handed over. */
    private Outgoing underWay;

    private int handedOver;

    private boolean isAnswerUnderWay;
    private Caller.Registration endOfToken = () -> {};
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
            Events events,
            String client,
            Optional<SignIn.Outcome> outcome) {
        this.streams = streams;
        this.client = client;
        this.caller = outcome.map(SignIn.Outcome::caller).orElse(null);
        this.refusal = outcome.map(SignIn.Outcome::refusal).orElse(null);
        this.news = new SocketNews(node, streams);
        this.requests = new SocketRequests(this, node, door, batches, events, streams.times());
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
            watchToken();
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
        Caller.Registration watch;
        synchronized (this) {
            isClosing = true;
            subscriptions.clear();
            answers.clear();
            watch = endOfToken;
        }
        watch.close();
        giveUpMessage();
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
        session.setMaxTextMessageSize(Limits.MAX_MESSAGE_BYTES);
        watchToken();
    }

    private void tokenEnded() {
        close(NOT_SIGNED_IN, "the token was revoked or has expired");
    }

    private void watchToken() {
        Caller.Registration watch = caller().onEnd(this::tokenEnded);
        boolean isLate;
        synchronized (this) {
            endOfToken = watch;
            isLate = isClosing;
        }
        if (isLate) {
            watch.close();
        }
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
        boolean isNew = subscriptions.add(subscription);
        wake();
        return isNew;
    }

    /** Ends a subscription; returns false if there is none of that name. */
    boolean unsubscribe(String ref) {
        return subscriptions.remove(ref);
    }

    /** Answers a request; {@code null} for a request that needs no answer. */
    void answer(String message) {
        answerLater(message == null ? null : () -> Outgoing.of(message));
    }

    /** Answers a request with what {@code maker} makes when its turn has come, on a thread that may be kept busy. */
    void answerLater(Supplier<Outgoing> maker) {
        synchronized (this) {
            if (maker == null) {
                unanswered--;
            } else if (!isClosing) {
                answers.add(maker);
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
        giveUpMessage();
        session.close(status, reason, Callback.NOOP);
    }

    /** Lets go of what was not handed over yet. */
    private void giveUpMessage() {
        synchronized (this) {
            underWay = null;
        }
        streams.budget().release(this);
    }

    // ---- what the daemon says

    @Override
    public void wake() {
        streams.execute(this::iterate);
    }

    @Override
    public void peersChanged() {
        news.peersChanged();
        wake();
    }

    @Override
    public void tick(long nowNanos) {
        boolean isEnded;
        boolean isOverdue;
        boolean isStalled;
        boolean isPingDue;
        boolean isGone;
        synchronized (this) {
            if (session == null) {
                return;
            }
            isGone = isClosing && nowNanos - closingSinceNanos > GRACE_NANOS;
            isEnded = caller != null && caller.isEnded();
            isOverdue = caller == null && nowNanos - openedNanos > SIGN_IN_NANOS;
            isStalled = sendingSinceNanos != 0 && nowNanos - sendingSinceNanos > STALL_NANOS;
            isPingDue = !isClosing && sendingSinceNanos == 0 && nowNanos - pingedNanos > PING_NANOS;
            pingedNanos = isPingDue ? nowNanos : pingedNanos;
        }
        if (isGone) {
            session.disconnect();
            streams.remove(this);
        } else if (isStalled) {
            cutOff();
        } else if (isEnded) {
            tokenEnded();
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
    public int subscriptionCount() {
        return subscriptions.count();
    }

    @Override
    public void cutOff() {
        streams.countTooSlow();
        close(TOO_SLOW, "too slow" + subscriptions.resumePositions());
    }

    @Override
    protected Action process() {
        partTaken();
        boolean isFree;
        synchronized (this) {
            isFree = underWay == null;
        }
        if (isFree) {
            Outgoing message;
            try {
                message = nextMessage();
            } catch (RuntimeException e) {
                LOG.error("a WebSocket could not be served", e);
                close(FAILED, "the daemon failed");
                return Action.IDLE;
            }
            if (message == null) {
                return Action.IDLE;
            }
            begin(message);
        }
        return sendPart() ? Action.SCHEDULED : Action.IDLE;
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        LOG.debug("a WebSocket took no more", cause);
        streams.remove(this);
        giveUpMessage();
        session.disconnect();
    }

    private void begin(Outgoing message) {
        streams.budget().hold(this, message, System.nanoTime());
        boolean isLate;
        synchronized (this) {
            isLate = isClosing;
            underWay = isLate ? null : message;
            handedOver = 0;
        }
        if (isLate) {
            streams.budget().release(this);
        }
    }

    /** Hands the next part over, unless the connection is being closed. */
    private boolean sendPart() {
        String part;
        boolean isWhole;
        boolean isLast;
        synchronized (this) {
            if (underWay == null) {
                return false;
            }
            isWhole = underWay.length() <= PART_CHARACTERS;
            part = isWhole ? underWay.text() : underWay.part(handedOver, PART_CHARACTERS);
            handedOver += part.length();
            isLast = handedOver == underWay.length();
            sendingSinceNanos = System.nanoTime();
        }
        Callback taken = Callback.from(this::succeeded, this::failed);
        if (isWhole) {
            session.sendText(part, taken);
        } else {
            session.sendPartialText(part, isLast, taken);
        }
        return true;
    }

    private void partTaken() {
        boolean isReadingResumed;
        synchronized (this) {
            sendingSinceNanos = 0;
            if (underWay != null && handedOver == underWay.length()) {
                messageTaken();
            }
            isReadingResumed = isReadingPaused && unanswered < Limits.MAX_UNANSWERED;
            isReadingPaused &= !isReadingResumed;
        }
        if (isReadingResumed) {
            session.demand();
        }
    }

    private void messageTaken() {
        underWay = null;
        streams.budget().release(this);
        subscriptions.settle();
        if (isAnswerUnderWay) {
            isAnswerUnderWay = false;
            unanswered--;
        }
    }

    /** Returns what to say next, {@code null} if there is nothing. */
    private Outgoing nextMessage() {
        if (!streams.budget().hasRoom(System.nanoTime())) {
            wakeAfter(NO_ROOM_NANOS);
            return null;
        }
        Caller known = caller();
        if (known != null && known.isEnded()) {
            tokenEnded();
            return null;
        }
        Outgoing answer = nextAnswer();
        return answer == null ? nextUnasked() : answer;
    }

    private Outgoing nextAnswer() {
        Supplier<Outgoing> answer;
        synchronized (this) {
            if (isClosing) {
                return null;
            }
            answer = answers.poll();
            isAnswerUnderWay = answer != null;
        }
        return answer == null ? null : answer.get();
    }

    private Outgoing nextUnasked() {
        Caller reader;
        String name;
        synchronized (this) {
            if (isClosing || caller == null) {
                return null;
            }
            reader = caller;
            name = client;
        }
        Outgoing message = news.next(reader);
        return message == null ? subscriptions.next(name) : message;
    }
}
