package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.UnwritableException;
import io.lanyard.daemon.node.Storage.State;
import java.io.IOException;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether the disk takes writes: it watches the free space, and is told of commits that failed. After one of those
 * the store has to recover before anything else is committed. The writer's thread, but for {@link #storage}.
 */
final class StorageGuard {

    private static final Logger LOG = LoggerFactory.getLogger(StorageGuard.class);
    private static final long RETRY_MILLIS = 3_000;

    private final Store store;
    private final SpaceWatch space = new SpaceWatch();
    private volatile Storage storage = Storage.WRITABLE;
    private boolean hasFailed;
    private long nextTryMillis;

    StorageGuard(Store store) {
        this.store = store;
    }

    /** Returns how it stands; any thread. */
    Storage storage() {
        return storage;
    }

    /** Looks at the disk if it is time; returns whether that changed how it stands. */
    boolean look(long nowMillis) throws IOException {
        long storeBytes = store.sizeBytes();
        if (hasFailed || !space.isDue(nowMillis, storeBytes)) {
            return false;
        }
        boolean wasFull = space.isFull();
        OptionalLong free = store.freeBytes();
        space.take(nowMillis, storeBytes, free);
        if (space.isFull()) {
            return become(new Storage(
                    State.FULL,
                    "the disk is full: " + (free.orElse(0) >> 20) + " MiB are left, and writing stops below "
                            + (SpaceWatch.LEAST_BYTES >> 20) + " MiB"));
        }
        if (wasFull) {
            store.recover();
        }
        return become(Storage.WRITABLE);
    }

    /** Takes note of a commit that failed, or of a recovery that did. */
    void failed(UnwritableException failure, long nowMillis) {
        // The first try comes at once: often there is room for what has to be written, though not for the commit.
        nextTryMillis = hasFailed ? nowMillis + RETRY_MILLIS : nowMillis;
        hasFailed = true;
        State state = switch (failure.reason()) {
            case DISK_FULL -> State.FULL;
            case READ_ONLY -> State.READ_ONLY;
            case IO_ERROR -> State.FAILING;
        };
        become(new Storage(state, "the disk takes no writes: " + failure.getMessage()));
        LOG.debug("a commit or a recovery failed", failure);
    }

    /** Returns whether the store has to recover, and it is time to try. */
    boolean isTryDue(long nowMillis) {
        return hasFailed && nowMillis >= nextTryMillis;
    }

    /** Commits can be made again. Whether there is room for more is seen at the next look, which takes its time. */
    void recovered(long nowMillis) {
        hasFailed = false;
        space.putOff(nowMillis);
    }

    private boolean become(Storage now) {
        Storage before = storage;
        storage = now;
        if (before.state() == now.state()) {
            return false;
        }
        if (now.isWritable()) {
            LOG.info("The disk takes writes again.");
        } else {
            LOG.error("{}. Reads go on; {}.", now.reason(), now.hint());
        }
        return true;
    }
}
