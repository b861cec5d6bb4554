package io.lanyard.daemon.node;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.IndexReader;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.watch.Watchdog;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * This device's replica, as the API sees it. Any thread may call; reads come from committed state and never wait for
 * writes.
 */
public interface Node {

    /**
     * Enqueues a write. The future completes on the node's thread once the write is durable (or refused); whoever waits
     * for it reads its own write from then on. Do not block in what you chain to it.
     *
     * @return fails with {@link OverloadedException} if the queue is full, with {@link UnwritableException} if the disk
     *     takes no writes, and with {@link StoppedException} if the daemon is stopping or its store failed: whether the
     *     write will be there is unknown then
     */
    CompletableFuture<WriteResult> write(WriteRequest request);

    /** Returns a visible document. */
    Optional<DocumentView> find(DocumentId id);

    /**
     * Visits the visible documents of a collection whose id is greater than {@code afterId}, in the order of ids, until
     * {@code visitor} returns false.
     *
     * @return the documents that could not be shown because what is stored of them is damaged
     */
    List<DocumentId> visit(String collection, String afterId, Predicate<DocumentView> visitor);

    /** Returns what is declared of collections. */
    SettingsBook settings();

    /** Returns the document that keeps what is declared of a collection, if anything was. */
    Optional<DocumentView> declared(String collection);

    /**
     * Enqueues what is to be declared of a collection, in the place of all that was; otherwise as {@link #write}. What
     * is declared is in force once the future completes, on other devices when it gets there.
     *
     * @param condition what must hold for the document that keeps it
     */
    CompletableFuture<WriteResult> declare(
            String collection, CollectionSettings settings, Operation.Condition condition, String client);

    /** Returns the index over a field of a collection, if it is declared and complete. */
    Optional<IndexReader> index(String collection, FieldPath path);

    /** Returns the names of the collections that have or had documents. */
    List<String> collections();

    /** Returns the position after the last committed change. */
    Position tail();

    /** Returns the position before all changes. */
    Position start();

    /**
     * Reads the names of the documents that changed after {@code from}, oldest change first. The start gives every
     * document once.
     *
     * @param limit how many, at most
     * @throws ResyncRequiredException if this store cannot tell what changed since that position
     */
    FeedPage page(Position from, int limit);

    /** Looks at a document of a page, and tells how it differs from what the reader was told. */
    FeedLook look(FeedEntry entry, Told told);

    /**
     * Calls {@code listener} on the node's thread after each commit that changed documents. It must not block.
     *
     * @return ends it when closed
     */
    Registration onCommit(Runnable listener);

    /** Calls {@code listener} when devices came or went, and when conflicts were found. It must not block. */
    Registration onEvent(NodeListener listener);

    /** Returns what is going on. May wait for the writer, for two seconds at most. */
    NodeStatus status();

    /** Returns whether everything works that is needed to serve. Waits for nobody. */
    Readiness readiness();

    /**
     * Retires a device: it counts no more once every device that counts knows that. The future completes on the node's
     * thread, once this is durable here or refused. Do not block in what you chain to it.
     *
     * @return fails with {@link StoppedException} as {@link #write} does
     */
    CompletableFuture<RetireOutcome> retire(String deviceId);

    /**
     * Says in which group this device is: at the start, and when it goes to another. The future completes on the node's
     * thread once what this device holds is in that group too; the devices of another group are forgotten then. Must not
     * be called while members of the other group can be heard.
     *
     * @param group its network name
     * @param isFounder whether this device founded the group, so that the others come to what it holds
     */
    CompletableFuture<Void> belong(String group, boolean isFounder);

    /**
     * Begins a check: all documents are read and the digest is worked out anew, and what is shown is compared with every
     * device that is online. It goes on beside writes, and may take minutes where there are millions of documents.
     *
     * @param repairFrom name or id of a device: what differs from it is first replaced by what it shows
     */
    Check verify(Optional<String> repairFrom);

    /** Returns a check that was begun by {@link #verify}, if it is among the newest. */
    Optional<Check> check(long number);

    /** Returns the conflicts in the journal that are wanted, with a number greater than {@code after}, oldest first. */
    ConflictPage conflicts(ConflictFilter filter, long after, int limit);

    /** Returns the conflict of that number, if the journal has it. */
    Optional<JournaledConflict> conflict(long number);

    /** Returns what this device saw happen to a document, the newest change first, as far as it is kept. */
    List<PastChange> history(DocumentId id);

    /** Writes what takes a change back, as {@link #write} does; {@code undo} is no refusal. */
    CompletableFuture<WriteResult> undo(Undo undo, String client);

    /** Returns what a device is called, an empty text if that is not known. */
    String deviceName(String deviceId);

    /** Returns why a document shows what it shows, or not; empty if nothing is known of it. May wait for the writer. */
    Optional<Explanation> explain(DocumentId id);

    /**
     * Which conflicts are wanted.
     *
     * @param collection only those of this collection
     * @param id only those of documents with this id
     * @param state only those in this state
     */
    record ConflictFilter(Optional<String> collection, Optional<String> id, Optional<JournaledConflict.State> state) {

        /** Wants every conflict. */
        public static final ConflictFilter ALL =
                new ConflictFilter(Optional.empty(), Optional.empty(), Optional.empty());

        /** Returns whether {@code conflict} is wanted. */
        public boolean wants(JournaledConflict conflict) {
            return collection.map(conflict.id().collection()::equals).orElse(true)
                    && id.map(conflict.id().id()::equals).orElse(true)
                    && state.map(conflict.state()::equals).orElse(true);
        }
    }

    /**
     * Some of the conflicts.
     *
     * @param items them, oldest first
     * @param isLast whether there are no more
     * @param dropped how many conflicts the journal had and dropped, because it is bounded
     */
    record ConflictPage(List<JournaledConflict> items, boolean isLast, long dropped) {}

    /**
     * A stretch of the change feed.
     *
     * @param entries what stands in it
     * @param next where to go on
     * @param tail the number at which the feed ended at the latest when this was read: what is not in the stretch moved
     *     on to a number up to this
     * @param isTail whether that was all
     */
    record FeedPage(List<FeedEntry> entries, Position next, long tail, boolean isTail) {}

    /**
     * What there is to see at a place of the feed.
     *
     * @param movedTo the number at which the document stands by now, if that is not where it was looked for; else 0
     * @param change how it differs from what the reader was told; empty if it does not
     */
    record FeedLook(long movedTo, Optional<FeedChange> change) {

        /** There is nothing to be told. */
        public static final FeedLook NOTHING = new FeedLook(0, Optional.empty());

        /** The document stands further on. */
        public static FeedLook movedTo(long number) {
            return new FeedLook(number, Optional.empty());
        }
    }

    /**
     * Whether everything works that is needed to serve.
     *
     * @param stuck the threads that have work and do not get on
     * @param storage whether the disk takes writes
     */
    record Readiness(List<Watchdog.Stuck> stuck, Storage storage) {

        /** Makes the list unmodifiable. */
        public Readiness {
            stuck = List.copyOf(stuck);
        }

        /** Returns true if nothing is amiss. */
        public boolean isReady() {
            return stuck.isEmpty() && storage.isWritable();
        }
    }

    /**
     * A check that was asked for.
     *
     * @param number its number since the start, from 1
     * @param report what it found; completes on the node's thread, exceptionally if the daemon stops before
     */
    record Check(long number, CompletableFuture<VerifyReport> report) {}

    /** Ends what was registered. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Told of what happens besides changes. */
    interface NodeListener {
        /** Devices came or went, or caught up. */
        void peersChanged();

        /** A value was lost to a concurrent write and went to the journal. */
        void conflictFound(JournaledConflict conflict);
    }

    /** Says that the queue of writes is full: try again in a moment. */
    final class OverloadedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** Makes the exception. */
        public OverloadedException() {
            super("too many writes are waiting: try again in a moment");
        }
    }

    /** Says that the disk takes no writes now: try again when it does. */
    final class UnwritableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Storage storage;
        private final boolean isOutcomeUnknown;

        /** Makes the exception. */
        public UnwritableException(Storage storage, boolean isOutcomeUnknown) {
            super(storage.reason());
            this.storage = storage;
            this.isOutcomeUnknown = isOutcomeUnknown;
        }

        /** Returns how the disk stands. */
        public Storage storage() {
            return storage;
        }

        /** Returns whether the write may turn up all the same: peers may have heard of it before the disk failed. */
        public boolean isOutcomeUnknown() {
            return isOutcomeUnknown;
        }
    }

    /** Says that this replica takes no more writes. */
    final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** Makes the exception with the reason. */
        public StoppedException(String reason, Throwable cause) {
            super(reason, cause);
        }
    }

    /** Says that a position is of a store, or of an end of it, that is not known here. */
    final class ResyncRequiredException extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** Makes the exception. */
        public ResyncRequiredException(Position position) {
            super("position " + position + " is not known to this store: read from the start");
        }
    }
}
