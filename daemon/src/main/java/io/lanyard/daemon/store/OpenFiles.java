package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is open of a store, the lock over it, and whether it may be used.
 *
 * <p>One lock: a commit holds it alone, from the first change to the return of the sync; reads share it. So MapDB's own
 * locks are switched off.
 */
final class OpenFiles implements Scrub.Host {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private Opened opened;
    /** What was found damaged and could not be mended since the files were opened, or null. */
    private volatile DamagedException damage;
    /** Why everything is refused, reads as well; null as long as what is on the disk can be relied upon. */
    private Throwable broken;

    private boolean closed;

    OpenFiles(Opened opened) {
        this.opened = opened;
    }

    /** What is open; to be asked for under the lock, except where an older answer does no harm. */
    Opened opened() {
        return opened;
    }

    Trees trees() {
        return opened.trees();
    }

    /** From now on this is open. The caller holds the lock alone. */
    void use(Opened fresh) {
        opened = fresh;
    }

    /** Waits until nobody reads or commits; until {@link #unlockAlone} nobody else does. */
    void lockAlone() {
        lock.writeLock().lock();
    }

    void unlockAlone() {
        lock.writeLock().unlock();
    }

    /** From now on everything is refused because of this. */
    void broke(Throwable cause) {
        broken = cause;
    }

    /** What could not be mended is not there any more. */
    void becameWhole() {
        damage = null;
        broken = null;
    }

    /** What could not be mended, or null. */
    DamagedException damage() {
        return damage;
    }

    /** From now on everything is refused. Returns whether it was not before; the caller holds the lock alone. */
    boolean beginClosing() {
        boolean isFirst = !closed;
        closed = true;
        return isFirst;
    }

    /** What is open, unless it may not be used. */
    Opened usable() throws IOException {
        lock.readLock().lock();
        try {
            refuseIfUnusable();
            return opened;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Lets {@code fresh} take the place of what failed, and closes that. */
    void replace(Opened failed, Opened fresh) {
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            opened = fresh;
        } finally {
            (opened == fresh ? failed : fresh).volume().close();
            lock.writeLock().unlock();
        }
    }

    /**
     * Reads among other readers; a page that turns out to be damaged is mended, and it is read again.
     *
     * @param what what is read, for messages
     * @throws DamagedException if it cannot be read
     */
    <T> T read(String what, Supplier<T> reading) {
        while (true) {
            lock.readLock().lock();
            int damagedPage;
            try {
                refuseIfUnusable();
                return guarded(what, reading);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (DamagedPageException e) {
                damagedPage = e.page();
            } finally {
                lock.readLock().unlock();
            }
            mend(damagedPage, what);
        }
    }

    /** What MapDB throws while reading comes from bytes that make no sense. */
    private static <T> T guarded(String what, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (DamagedException e) {
            throw e;
        } catch (RuntimeException | AssertionError | IllegalAccessError e) {
            DamagedPageException page = DamagedPageException.in(e);
            throw page != null ? page : new DamagedException(what, e);
        }
    }

    /** Mends a page that was found damaged while {@code what} was read. */
    private void mend(int page, String what) {
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            if (opened.volume().failure() != null) {
                throw new DamagedException(what, opened.volume().failure());
            }
            opened.volume().mend(page);
        } catch (DamagedPageException e) {
            throw damaged(what, e);
        } catch (DBException.VolumeIOError e) {
            throw new DamagedException(what, e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** From now on the store waits to be {@link MapDbStore#salvage salvaged}. */
    DamagedException damaged(String what, Throwable cause) {
        damage = new DamagedException(what, cause);
        LOG.error("The store is damaged, and it cannot be mended: {}", String.valueOf(DamagedPageException.in(cause)));
        return damage;
    }

    @Override
    public int pages() {
        return read("the store", () -> opened.volume().pages());
    }

    @Override
    public void check(int from, int count) {
        for (int damaged = firstDamaged(from, count); damaged >= 0; damaged = firstDamaged(from, count)) {
            mend(damaged, "a page that is to be scrubbed");
        }
    }

    private int firstDamaged(int from, int count) {
        return read("the store", () -> {
            JournaledVolume volume = opened.volume();
            int found = volume.firstDamaged(from, Math.min(count, volume.pages() - from));
            volume.compareSumsOf(from);
            return found;
        });
    }

    void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }

    /** Throws if the store is closed, or broken. */
    void refuseIfUnusable() throws IOException {
        refuseIfClosed();
        refuseIfBroken();
    }

    private void refuseIfBroken() throws IOException {
        if (broken != null) {
            throw new IOException(
                    "the store refuses everything since a commit failed, until it is opened again: "
                            + broken.getMessage(),
                    broken);
        }
    }
}
