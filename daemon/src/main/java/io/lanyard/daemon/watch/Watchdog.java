package io.lanyard.daemon.watch;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices threads that have work and do not get on with it: says so in the log once, with what the thread is at, and says
 * when it goes on.
 *
 * <p>Time counts only while the watchdog itself runs, so a machine that slept, or a process that was stopped and
 * continued, has no stuck threads. Thread-safe.
 */
public final class Watchdog implements AutoCloseable {

    /** How long the steps of most work may take, in milliseconds: generous, as a slow disk is no stuck thread. */
    public static final long USUAL_LIMIT_MILLIS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final long CHECK_MILLIS = 1_000;
    private static final long MAX_COUNTED_MILLIS = 2 * CHECK_MILLIS;

    private final List<Pulse> pulses = new CopyOnWriteArrayList<>();
    private final Consumer<String> log;
    private final Thread thread = new Thread(this::run, "lanyard-watchdog");
    private long lastCheckMillis = Long.MIN_VALUE;
    private boolean isClosed;

    /** Makes a watchdog that looks on only once it is {@linkplain #start started}. */
    public Watchdog() {
        this(LOG::error);
    }

    Watchdog(Consumer<String> log) {
        this.log = log;
        thread.setDaemon(true);
    }

    /**
     * A thread that has work and does not get on.
     *
     * @param name what it does, as it was named to {@link #watch}
     * @param forMillis how long it has not got on
     */
    public record Stuck(String name, long forMillis) {}

    /**
     * Gives out a heartbeat.
     *
     * @param name what the thread does, for people: {@code writer}, {@code scrub}
     * @param limitMillis how long a step of its work may take
     */
    public Heartbeat watch(String name, long limitMillis) {
        Pulse pulse = new Pulse(name, limitMillis);
        pulses.add(pulse);
        return pulse;
    }

    /** Returns who was stuck at the last look. */
    public List<Stuck> stuck() {
        return pulses.stream()
                .filter(pulse -> pulse.stillMillis > pulse.limitMillis)
                .map(pulse -> new Stuck(pulse.name, pulse.stillMillis))
                .toList();
    }

    /** Begins to look, every second, on a thread of its own. */
    public void start() {
        thread.start();
    }

    /** Looks once. {@code monotonicMillis} comes from a clock that never steps back. */
    synchronized void look(long monotonicMillis) {
        long passed =
                lastCheckMillis == Long.MIN_VALUE ? 0 : Math.min(monotonicMillis - lastCheckMillis, MAX_COUNTED_MILLIS);
        lastCheckMillis = monotonicMillis;
        pulses.forEach(pulse -> look(pulse, passed));
    }

    private void look(Pulse pulse, long passedMillis) {
        Thread worker = pulse.worker;
        long beats = pulse.beats.get();
        if (worker == null || beats != pulse.beatsSeen) {
            if (pulse.isTold) {
                log.accept("The " + pulse.name + " goes on, after " + pulse.stillMillis / 1_000 + " s.");
            }
            pulse.beatsSeen = beats;
            pulse.stillMillis = 0;
            pulse.isTold = false;
            return;
        }
        pulse.stillMillis += passedMillis;
        if (pulse.stillMillis > pulse.limitMillis && !pulse.isTold) {
            pulse.isTold = true;
            log.accept("The " + pulse.name + " is stuck: it has not got on for " + pulse.stillMillis / 1_000
                    + " s. Its thread is at:\n" + describe(worker));
        }
    }

    private static String describe(Thread worker) {
        return Arrays.stream(worker.getStackTrace())
                .map(frame -> "\tat " + frame)
                .collect(Collectors.joining("\n", '"' + worker.getName() + "\" " + worker.getState() + "\n", ""));
    }

    private synchronized void run() {
        try {
            while (!isClosed) {
                look(System.nanoTime() / 1_000_000);
                wait(CHECK_MILLIS);
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted: nobody is watched any more", e);
            Thread.currentThread().interrupt();
        }
    }

    /** Looks no more. */
    @Override
    public synchronized void close() {
        isClosed = true;
        notifyAll();
    }

    /** One heartbeat: what its thread says, and what the watchdog saw of it. */
    private static final class Pulse implements Heartbeat {
        private final String name;
        private final long limitMillis;
        private final AtomicLong beats = new AtomicLong();
        private volatile Thread worker;
        private long beatsSeen;
        private volatile long stillMillis;
        private boolean isTold;

        Pulse(String name, long limitMillis) {
            this.name = name;
            this.limitMillis = limitMillis;
        }

        @Override
        public void working() {
            worker = Thread.currentThread();
            beats.incrementAndGet();
        }

        @Override
        public void idle() {
            worker = null;
            beats.incrementAndGet();
        }
    }
}
