package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the engine wants done. Effects are to be carried out in the order of their list; a crash may come between any
 * two of them.
 */
public sealed interface Effect {

    /** Send a message to one member; it may be lost. */
    record Send(MemberId to, Message message) implements Effect {}

    /** Send a message to all members; it may be lost. */
    record Broadcast(Message message) implements Effect {}

    /** Make changes durable before anything that follows. If that fails, the replica must stop. */
    record Commit(ChangeSet changes) implements Effect {}

    /** Tell whoever asked for a write what became of it. */
    record Acknowledge(long ticket, WriteResult result) implements Effect {}

    /** Tell whoever wanted to retire a device what became of it. */
    record RetireAnswer(long ticket, RetireOutcome outcome) implements Effect {}

    /** Tell that this device is in its group with what it holds. */
    record Belongs(long ticket) implements Effect {}

    /** What can become of retiring a device. */
    enum RetireOutcome {
        /** It does not count any more, once every other device knows that. */
        RETIRED,
        /** It was retired before. */
        ALREADY_RETIRED,
        /** No such device was ever met. */
        UNKNOWN_DEVICE,
        /** It is here, so it counts. */
        IS_ONLINE,
        /** It is this device. */
        IS_SELF
    }

    /** Tell subscribers what changed, in the order of numbers. */
    record Notify(List<Applied> changes) implements Effect {}

    /** Tell that the journal has new records. */
    record ReportConflicts() implements Effect {}

    /** Tell that peers came, went or are in another state. */
    record ReportPeers() implements Effect {}

    /** Tell people about something that must not be: damage, a bug, a misbehaving peer. */
    record Alarm(String sentence) implements Effect {}

    /** What an {@link Alarm} said is so no more. */
    record AlarmOver(String sentence) implements Effect {}

    /** Tell whoever asked for a check what it found. */
    record Verified(long ticket, VerifyReport report) implements Effect {}

    /**
     * Tell people of a state that they should do something about, or that it is over.
     *
     * @param about what the state is of: a later notice about the same replaces this one
     * @param sentence what they read, with the next step
     * @param isOver whether the state ended, so that there is nothing to be done any more
     */
    record Notice(String about, String sentence, boolean isOver) implements Effect {}

    /**
     * A document that a commit changed.
     *
     * @param number its new number in the arrival index
     * @param previousNumber its number before, 0 if it is new
     * @param id the document
     * @param wasVisible whether it was visible before the commit
     * @param isVisible whether it is visible now
     * @param changedPaths the fields that show something else now
     * @param before what those of them showed before that were there, as JSON text
     * @param author who made the change; empty if several did or it is not known
     */
    record Applied(
            long number,
            long previousNumber,
            DocumentId id,
            boolean wasVisible,
            boolean isVisible,
            Set<FieldPath> changedPaths,
            Map<FieldPath, String> before,
            Optional<Author> author) {

        /** Returns true if readers see a difference. */
        public boolean isTold() {
            return wasVisible != isVisible || isVisible && !changedPaths.isEmpty();
        }
    }

    /**
     * Who made a change.
     *
     * @param deviceId the device
     * @param client the name that the writing program gave itself, empty if none or not known
     * @param clientTimestamp when it happened, as that program says; empty if it says nothing or that is not known
     */
    record Author(String deviceId, String client, String clientTimestamp) {

        /** Makes the author of a change of which nobody says when it happened. */
        public Author(String deviceId, String client) {
            this(deviceId, client, "");
        }

        /** Returns who made two changes, without what only one of them says; empty if they have different authors. */
        public static Optional<Author> ofBoth(Optional<Author> one, Optional<Author> other) {
            if (one.equals(other)) {
                return one;
            }
            return one.map(author -> new Author(author.deviceId, author.client))
                    .filter(author -> other.map(by -> new Author(by.deviceId, by.client))
                            .filter(author::equals)
                            .isPresent());
        }
    }
}
