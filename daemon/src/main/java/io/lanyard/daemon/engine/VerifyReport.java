package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.daemon.message.Message.Device;
import java.util.List;
import java.util.Optional;

/**
 * What a check found: of this replica by itself, and against each of the others that were online.
 *
 * @param beganMillis when it began, by the wall clock
 * @param endedMillis when it ended, by the wall clock
 * @param own what was found here
 * @param peers what was found against each device that was online when its turn came
 * @param repair what was copied before that, if it was asked for
 */
public record VerifyReport(
        long beganMillis, long endedMillis, Own own, List<PeerResult> peers, Optional<Repair> repair) {

    /** How many documents are named of each device, at most. */
    public static final int MAX_NAMED = 1_000;

    /** Makes the list unmodifiable. */
    public VerifyReport {
        peers = List.copyOf(peers);
    }

    /** Returns what it comes to. */
    public Verdict verdict() {
        if (!own.isSound() || has(Verdict.DIFFERS)) {
            return Verdict.DIFFERS;
        }
        return has(Verdict.NO_ANSWER) || has(Verdict.NOT_COMPARABLE) ? Verdict.NOT_COMPARABLE : Verdict.SAME;
    }

    private boolean has(Verdict verdict) {
        return peers.stream().anyMatch(peer -> peer.verdict() == verdict);
    }

    /** How two replicas stand to each other. */
    public enum Verdict {
        /** Both show the same documents. */
        SAME,
        /** Both hold the same writes of some document, and show something else in it. */
        DIFFERS,
        /** One of them lacks writes that the other has: nothing can be said yet. */
        NOT_COMPARABLE,
        /** The other one did not answer, or went away. */
        NO_ANSWER
    }

    /**
     * What a replica found when it read all of its documents.
     *
     * @param documents how many it read, deleted ones included
     * @param digest the digest that was worked out anew
     * @param wasDigestWrong whether the digest that is kept was another one; it was put right
     * @param altered documents that were not as they had been written, though sound; at most {@value #MAX_NAMED}
     * @param unreadable documents that are damaged; at most {@value #MAX_NAMED}
     */
    public record Own(
            long documents,
            Hash digest,
            boolean wasDigestWrong,
            List<DocumentId> altered,
            List<DocumentId> unreadable) {

        /** Makes the lists unmodifiable. */
        public Own {
            altered = List.copyOf(altered);
            unreadable = List.copyOf(unreadable);
        }

        /** Returns true if nothing was wrong. */
        public boolean isSound() {
            return !wasDigestWrong && altered.isEmpty() && unreadable.isEmpty();
        }
    }

    /**
     * What was found against one device.
     *
     * @param device the device
     * @param verdict how the two stand
     * @param detail why it could not be compared, a sentence's part; empty if it could
     * @param documents the documents that differ, in order, at most {@value #MAX_NAMED}
     * @param hasMore whether there may be more that differ than are named
     */
    public record PeerResult(
            Device device, Verdict verdict, String detail, List<DocumentId> documents, boolean hasMore) {

        /** Makes the list unmodifiable. */
        public PeerResult {
            documents = List.copyOf(documents);
        }
    }

    /**
     * What a repair copied.
     *
     * @param from the device that it was to copy from, as it was asked for; the whole of it once it is known
     * @param replaced how many documents were replaced here by those of that device
     * @param refusal why nothing was copied; {@code null} if it was not refused
     * @param detail the refusal in words, empty if there is none
     */
    public record Repair(Device from, long replaced, Refusal refusal, String detail) {}

    /** Why a repair is refused. */
    public enum Refusal {
        /** No device of that name or id is known, or several are. */
        UNKNOWN_DEVICE,
        /** The device is not online. */
        OFFLINE,
        /** The two do not hold the same writes. */
        NOT_IN_STEP,
        /** The device went away, or did not answer. */
        NO_ANSWER,
        /** Too many checks are waiting already. */
        BUSY
    }
}
