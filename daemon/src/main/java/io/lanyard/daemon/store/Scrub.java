package io.lanyard.daemon.store;

import io.lanyard.daemon.watch.Heartbeat;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads every page of an open store and compares it with its sum, slowly and in the background: what nobody reads for
 * months would be noticed when it is needed, and may not be mended any more by then. Thread-safe.
 */
final class Scrub {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final long FIRST_PAUSE_MILLIS =
            TimeUnit.MINUTES.toMillis(Integer.getInteger("lanyard.scrub.firstMinutes", 5));
    private static final long PAUSE_MILLIS = TimeUnit.HOURS.toMillis(Integer.getInteger("lanyard.scrub.hours", 24));

    /** 256 KiB at a time with a rest after each: at most 12 MB a second, and no commit waits longer than one takes. */
    private static final int PAGES_AT_ONCE = 256;

    private static final long REST_MILLIS = 20;

    private final Host host;
    private boolean isStopped;

    /** The store that is read. */
    interface Host {
        /** How many pages there are now. */
        int pages();

        /** Checks these pages, and mends them if they are damaged and can be. Commits may wait for it. */
        void check(int from, int count);
    }

    Scrub(Host host) {
        this.host = host;
    }

    /** From now on the store is read through some minutes after now, and once a day from then on. */
    void start(Heartbeat heartbeat) {
        Thread thread = new Thread(() -> run(heartbeat), "lanyard-store-scrub");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    private void run(Heartbeat heartbeat) {
        try {
            boolean goesOn = pause(FIRST_PAUSE_MILLIS);
            while (goesOn) {
                pass(heartbeat, REST_MILLIS);
                heartbeat.idle();
                goesOn = pause(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            LOG.debug("The thread that scrubs the store was interrupted, and ends.", e);
        }
    }

    /** Reads the store through once. */
    void pass(Heartbeat heartbeat, long restMillis) throws InterruptedException {
        long started = System.nanoTime();
        int at = 0;
        try {
            while (at < host.pages()) {
                heartbeat.working();
                host.check(at, Math.min(PAGES_AT_ONCE, host.pages() - at));
                at += PAGES_AT_ONCE;
                if (restMillis > 0 && !pause(restMillis)) {
                    return;
                }
            }
            LOG.info(
                    "The store was read through in {} s.", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started));
        } catch (IllegalStateException e) {
            LOG.debug("The store was closed while it was read through.", e);
        } catch (RuntimeException e) {
            LOG.error("The store could not be read through.", e);
        }
    }

    private synchronized boolean pause(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0 && !isStopped; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return !isStopped;
    }

    /** No further page is read. */
    synchronized void stop() {
        isStopped = true;
        notifyAll();
    }
}
