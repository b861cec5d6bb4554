package io.lanyard.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is good for nothing but the room it takes: given up when the disk is full, so that the store can still be
 * opened and closed, and filled again when there is plenty. One thread at a time.
 */
final class Reserve {
    static final String NAME = "reserve";

    private static final Logger LOG = LoggerFactory.getLogger(Reserve.class);
    private static final int PLENTY = 4;
    private static final int STAGING_BYTES = 1 << 16;

    private final Disk disk;
    private final long bytes;
    private boolean isHeld;

    /** Makes a reserve of so many bytes that holds nothing yet. */
    Reserve(Disk disk, long bytes) {
        this.disk = disk;
        this.bytes = bytes;
    }

    /** Something that needs room on the disk. */
    interface Attempt<T> {
        T make() throws IOException;
    }

    /** Takes the room, if it is not taken and there is plenty. */
    void hold() throws IOException {
        if (isHeld || disk.freeBytes() < PLENTY * bytes) {
            return;
        }
        try (DiskFile file = disk.open(NAME)) {
            fill(file);
            isHeld = true;
        } catch (IOException e) {
            LOG.debug("no reserve can be had on the disk now", e);
            disk.delete(NAME);
        }
    }

    /** Random bytes: a file system that compresses would hold zeros for nothing. */
    private void fill(DiskFile file) throws IOException {
        SplittableRandom random = new SplittableRandom();
        byte[] staging = new byte[STAGING_BYTES];
        for (long at = file.length(); at < bytes; at += STAGING_BYTES) {
            random.nextBytes(staging);
            file.write(at, ByteBuffer.wrap(staging, 0, (int) Math.min(STAGING_BYTES, bytes - at)));
        }
    }

    /** Gives the room up if the disk is nearly full. */
    void releaseIfFull() throws IOException {
        if (disk.exists(NAME) && disk.freeBytes() < bytes) {
            release();
        }
    }

    /** Makes the attempt, and once more without the reserve if the disk was full. */
    <T> T lend(Attempt<T> attempt) throws IOException {
        try {
            return attempt.make();
        } catch (IOException e) {
            if (!WriteFailures.isFull(e, disk) || !disk.exists(NAME)) {
                throw e;
            }
            release();
            return attempt.make();
        }
    }

    private void release() throws IOException {
        isHeld = false;
        disk.delete(NAME);
        LOG.info("gave up the reserve of {} MiB in {}: the disk is full", bytes >> 20, disk.description());
    }
}
