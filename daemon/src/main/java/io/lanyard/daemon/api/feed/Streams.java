package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.json.EventJson;
import io.lanyard.daemon.api.json.JsonWriter;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.node.JournaledConflict;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.NodeStatus;
import io.lanyard.daemon.security.Scope.Right;
import io.lanyard.daemon.watch.Meters;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everybody who listens: WebSockets and change feeds. Takes the node's calls off the node's thread at the cost of one
 * compare-and-set, however many listen. Any thread.
 */
public final class Streams implements Node.NodeListener, AutoCloseable {

    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int OWNERS = 16;
    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicBoolean isWakeQueued = new AtomicBoolean();
    private final Executor executor;
    private final int maxStreams;
    private final Scheduler scheduler;
    private final FrameBudget budget = new FrameBudget();
    private final ArrivalTimes times;
    private final Node node;
    private final Node.Registration commits;
    private final Node.Registration events;
    private final Meters.Count closedForSlowness;
    private volatile boolean isClosed;
    private volatile long beforeFirstConflict;
    private volatile long lastConflict;

    /** What was going on when devices came or went last: asked once, however many listen. */
    private volatile NodeStatus status;

    /** Somebody who listens. Nothing in here may block. */
    interface Stream {
        /** Documents may have changed, or conflicts been found. */
        void wake();

        /** Devices came or went. */
        void peersChanged();

        /** Called about once a second, for whatever has to do with time. */
        void tick(long nowNanos);

        /** The daemon stops: say good-bye. */
        void shutDown();

        /** Returns how many subscriptions it has. */
        default int subscriptionCount() {
            return 0;
        }
    }

    /** Starts listening to {@code node}; streams are woken on {@code executor}, and by the clock of {@code scheduler}. */
    public Streams(Node node, Executor executor, Scheduler scheduler, Meters meters, int maxStreams) {
        this.node = node;
        this.times = new ArrivalTimes(node, System::currentTimeMillis);
        this.executor = executor;
        this.maxStreams = maxStreams;
        this.scheduler = scheduler;
        meters.gauge(
                "sockets",
                "WebSockets that are open.",
                () -> streams.stream().filter(Socket.class::isInstance).count());
        meters.gauge(
                "feeds",
                "Change feeds over HTTP that are open.",
                () -> streams.stream()
                        .filter(stream -> !(stream instanceof Socket))
                        .count());
        meters.gauge(
                "subscriptions",
                "Subscriptions of all WebSockets.",
                () -> streams.stream().mapToInt(Stream::subscriptionCount).sum());
        this.closedForSlowness = meters.count("slow_closed", "WebSockets that were closed because they were too slow.");
        this.commits = node.onCommit(this::wakeAll);
        this.events = node.onEvent(this);
    }

    /** Begins to tell streams the time, once a second. */
    public void start() {
        tick();
    }

    /**
     * Takes a place for a stream; the owner finds {@value #OWNERS} more than others.
     *
     * @param caller whose it is, {@code null} if that is not known yet
     * @throws Problem.ProblemException {@code overloaded} if there are too many
     */
    void reserve(Caller caller) {
        int room = caller != null && caller.isOwner() ? maxStreams + OWNERS : maxStreams;
        if (count.incrementAndGet() > room) {
            count.decrementAndGet();
            throw Code.OVERLOADED.exception(
                    "more than " + maxStreams + " programs are listening", "close some connections");
        }
    }

    /** Gives a place back that no stream came to take. */
    void release() {
        count.decrementAndGet();
    }

    /** Puts a stream on the place that was reserved for it. */
    void add(Stream stream) {
        streams.add(stream);
    }

    /** Takes a stream away, and gives its place back. */
    void remove(Stream stream) {
        if (streams.remove(stream)) {
            release();
        }
    }

    /** Returns whether somebody listens still. */
    public boolean isBusy() {
        return !streams.isEmpty();
    }

    /** Returns the number of the newest conflict that was found since the start, 0 if there was none. */
    long lastConflict() {
        return lastConflict;
    }

    /** Returns the number before the first conflict that was found since the start. */
    long beforeFirstConflict() {
        return beforeFirstConflict;
    }

    /** Counts a stream that is ended because it was too slow. */
    void countTooSlow() {
        closedForSlowness.one();
    }

    /** Runs something on a thread that may be kept busy. */
    void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("too late: the server stops", e);
        }
    }

    /** Runs something later; it must not block. */
    void executeLater(Runnable task, long nanos) {
        scheduler.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /** Returns when the feed came to which place. */
    ArrivalTimes times() {
        return times;
    }

    /** Returns how much memory long messages may take together. */
    FrameBudget budget() {
        return budget;
    }

    /** Returns the message that says what is going on, as much of it as {@code caller} may know. */
    String status(Caller caller) {
        NodeStatus known = status;
        JsonWriter json = new JsonWriter().beginObject().field("type", "status");
        if (caller.mayUse(Right.STATUS)) {
            EventJson.status(json, known == null ? node.status() : known);
        } else {
            OwnStatus.write(json, node, caller);
        }
        return json.endObject().toString();
    }

    @Override
    public void peersChanged() {
        execute(() -> {
            status = node.status();
            tell(Stream::peersChanged);
        });
    }

    @Override
    public void conflictFound(JournaledConflict conflict) {
        if (lastConflict == 0) {
            beforeFirstConflict = conflict.number() - 1;
        }
        lastConflict = conflict.number();
        wakeAll();
    }

    /** Stops listening to the node, and tells every stream that it ends. */
    @Override
    public void close() {
        isClosed = true;
        commits.close();
        events.close();
        tell(Stream::shutDown);
    }

    /** Lets every stream look at the time. */
    public void tick(long nowNanos) {
        tell(stream -> stream.tick(nowNanos));
    }

    private void tick() {
        if (!isClosed) {
            times.note();
            tick(System.nanoTime());
            executeLater(this::tick, TICK_NANOS);
        }
    }

    private void wakeAll() {
        if (isWakeQueued.compareAndSet(false, true)) {
            execute(() -> {
                isWakeQueued.set(false);
                tell(Stream::wake);
            });
        }
    }

    private void tell(Consumer<Stream> message) {
        for (Stream stream : streams) {
            try {
                message.accept(stream);
            } catch (RuntimeException e) {
                LOG.error("a listening program could not be served and is dropped", e);
                remove(stream);
            }
        }
    }
}
