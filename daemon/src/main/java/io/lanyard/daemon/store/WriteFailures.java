package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.Store.UnwritableException;
import io.lanyard.daemon.engine.Store.UnwritableException.Reason;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why a disk did not take a write. The system says it in a sentence of its own language, so what can be seen of the disk
 * counts as well.
 */
final class WriteFailures {
    private static final Logger LOG = LoggerFactory.getLogger(WriteFailures.class);
    private static final long FULL_BYTES = 1 << 20;

    private WriteFailures() {}

    /** Returns the failed operation of the disk behind an exception; empty if it is nothing of the disk's. */
    static Optional<IOException> diskFailure(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof DamagedFileException) {
                return Optional.empty();
            }
            if (cause instanceof IOException failed) {
                return Optional.of(failed);
            }
        }
        return Optional.empty();
    }

    static boolean isFull(Throwable thrown, Disk disk) {
        return diskFailure(thrown)
                .filter(failed -> describe(failed, disk).reason() == Reason.DISK_FULL)
                .isPresent();
    }

    /** Says why in words. */
    static UnwritableException describe(IOException failed, Disk disk) {
        if (failed instanceof UnwritableException known) {
            return known;
        }
        Reason reason = reason(failed, disk);
        String what = switch (reason) {
            case DISK_FULL -> "there is no room left in ";
            case READ_ONLY -> "nothing may be written any more in ";
            case IO_ERROR -> "writing fails in ";
        };
        return new UnwritableException(
                reason, what + disk.description() + " (" + rootOf(failed).getMessage() + ")", failed);
    }

    private static Reason reason(IOException failed, Disk disk) {
        String said = String.valueOf(rootOf(failed).getMessage());
        if (said.contains("No space left") || said.contains("quota exceeded")) {
            return Reason.DISK_FULL;
        }
        if (said.contains("Read-only file system") || disk.isReadOnly()) {
            return Reason.READ_ONLY;
        }
        return freeBytes(disk) < FULL_BYTES ? Reason.DISK_FULL : Reason.IO_ERROR;
    }

    private static long freeBytes(Disk disk) {
        try {
            return disk.freeBytes();
        } catch (IOException e) {
            LOG.debug("the free space of {} cannot be told", disk.description(), e);
            return Long.MAX_VALUE;
        }
    }

    private static Throwable rootOf(Throwable thrown) {
        return thrown.getCause() == null ? thrown : rootOf(thrown.getCause());
    }
}
