package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.Predicate;

/**
 * What one device keeps: documents, the arrival index over them, small named entries and the conflict journal. The
 * engine owns the meaning of all bytes in here.
 *
 * <p>What it promises:
 *
 * <ol>
 *   <li>{@link #commit} is atomic and durable when it returns: after a crash or power loss all of it is there or, if
 *       it had not returned, all or nothing.
 *   <li>Reads see committed state only, may be made on any thread, and never see a commit by half within one call.
 *   <li>Every value is checked on read; one that is damaged throws {@link DamagedException}, nothing is guessed.
 *   <li>After a commit that the disk did not take, reads go on from the last one, and commits are refused until {@link
 *       #recover} has returned. After any other failure of a commit everything is refused until the store is opened
 *       anew.
 * </ol>
 *
 * <p>Commits come from one thread.
 */
public interface Store extends AutoCloseable {

    /**
     * The entry that says that data were lost, since which nobody made it good. A store that had to be salvaged has it,
     * and keeps it until a commit deletes it.
     */
    String LOST_DATA = "lostData";

    /** The entry that says how far this device is with going through the fence; it is deleted at the end. */
    String FENCE = "fence";

    /** Returns the record of a document, if there is one. The array is the caller's to keep, not to change. */
    Optional<byte[]> document(DocumentId id);

    /**
     * Visits the documents of one collection whose id is greater than {@code afterId}, in the order of ids, until there
     * are no more or {@code visitor} returns false. What is committed meanwhile may or may not be seen.
     *
     * @param afterId where to go on, empty for the start
     */
    void documents(String collection, String afterId, Predicate<DocumentRecord> visitor);

    /** Returns the names of the collections that have documents, visible or not, in order. */
    List<String> collections();

    /**
     * Returns entries of the arrival index with a number greater than {@code after}, in order, at most {@code limit}
     * (but at least one if there is any). Entries may be dead: the document's record then names a newer number, or there
     * is none.
     */
    List<Arrival> arrivals(long after, int limit);

    /** Returns the highest number ever committed to the arrival index, 0 if none. */
    long lastArrival();

    /** Returns a named entry. */
    Optional<byte[]> entry(String name);

    /** Returns the named entries whose name begins with {@code prefix}, in order, in a map of the caller's own. */
    SortedMap<String, byte[]> entries(String prefix);

    /**
     * Returns the first of the named entries whose name begins with {@code prefix} and is greater than {@code after}, in
     * order, in a map of the caller's own.
     *
     * @param after a whole name, or an empty text for the start
     * @param limit how many, at most
     */
    SortedMap<String, byte[]> entries(String prefix, String after, int limit);

    /**
     * Returns the last of the named entries whose name begins with {@code prefix} and is less than {@code before}, the
     * last one first, in a map of the caller's own.
     *
     * @param before a text that begins with {@code prefix}
     * @param limit how many, at most
     */
    SortedMap<String, byte[]> entriesBefore(String prefix, String before, int limit);

    /**
     * Returns true if something that was committed is missing since this opening, because the files were damaged. What
     * this replica claims to hold cannot be trusted then.
     */
    boolean lostData();

    /**
     * Returns true if something was found damaged since the files were opened that could not be mended. The store goes on
     * with what is sound, and is to be {@linkplain #salvage salvaged} soon.
     */
    default boolean isDamaged() {
        return false;
    }

    /** Returns what was saved and lost when this store was damaged last, at this opening or an earlier one. */
    default Optional<SalvageReport> lastSalvage() {
        return Optional.empty();
    }

    /** Returns how many places were found damaged since the opening, and mended without any loss. */
    default int mendedPages() {
        return 0;
    }

    /**
     * Makes the store anew from what can be read of it, if it is damaged. What could not be read is lost: {@link
     * #lostData} says so. It is another opening: whoever keeps something of this store in memory has to forget it.
     *
     * @throws IOException if that failed; the store refuses everything then
     */
    default void salvage() throws IOException {}

    /**
     * Returns journal records with a number greater than {@code after}, oldest first, at most {@code limit}.
     *
     * @return number and bytes of each
     */
    SortedMap<Long, byte[]> journal(long after, int limit);

    /** Returns how many records the journal holds. */
    long journalSize();

    /** Returns the number of the oldest record that the journal holds, or of its next one if it holds none. */
    long firstJournalNumber();

    /**
     * Makes {@code changes} durable, all or nothing, before it returns.
     *
     * @throws UnwritableException if the disk does not take them; nothing of them can be read then. Should the process
     *     die before {@link #recover} has returned, they may be there after the next opening
     * @throws IOException if that failed otherwise; whether they will be there after the next opening is then unknown
     */
    void commit(ChangeSet changes) throws IOException;

    /**
     * Makes commits possible again after one that the disk did not take; does nothing otherwise. What can be read stays
     * the same. To be called by the thread that commits.
     *
     * @throws UnwritableException if the disk still takes nothing: try again later
     * @throws IOException if the files cannot be used any more
     */
    void recover() throws IOException;

    /** Returns how much the disk still takes, in bytes, as far as that is known. Cheap; any thread. */
    OptionalLong freeBytes();

    /** Returns the size of the files on disk in bytes, 0 for a store without files. */
    long sizeBytes();

    /** Returns how the last compaction since the opening ended, if there was one. Cheap; any thread. */
    default Optional<CompactionResult> lastCompaction() {
        return Optional.empty();
    }

    /** Closes the files. Reads and commits after that throw {@link IllegalStateException}. */
    @Override
    void close() throws IOException;

    /**
     * A document's record.
     *
     * @param id the document
     * @param bytes the record, not to be changed
     */
    record DocumentRecord(DocumentId id, byte[] bytes) {}

    /**
     * An entry of the arrival index.
     *
     * @param number the local change number, ascending from 1; each document stands at the number of its last change
     * @param id the document
     * @param context bytes of the engine's, kept beside the number so that a reader can pass over the document unread
     */
    record Arrival(long number, DocumentId id, byte[] context) {}

    /** Says that the disk takes nothing now. Reads are not affected. */
    final class UnwritableException extends IOException {
        private static final long serialVersionUID = 1;

        /** Why a disk takes nothing. */
        public enum Reason {
            /** There is no room left on it. */
            DISK_FULL,
            /** It may only be read. */
            READ_ONLY,
            /** It reports errors. */
            IO_ERROR
        }

        private final Reason reason;

        /** Makes the exception; the message is a part of a sentence, for people. */
        public UnwritableException(Reason reason, String message, Throwable cause) {
            super(message, cause);
            this.reason = reason;
        }

        /** Returns why. */
        public Reason reason() {
            return reason;
        }
    }

    /** Says that something stored is damaged: its checksum does not match. */
    final class DamagedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient DocumentId document;

        /** Makes the exception; {@code what} names the damaged thing, such as {@code document contact/anna}. */
        public DamagedException(String what, Throwable cause) {
            super(what + " is damaged in the store: its checksum does not match", cause);
            document = null;
        }

        /** Makes the exception of a damaged document. */
        public DamagedException(DocumentId document) {
            super("document " + document + " is damaged in the store: its checksum does not match");
            this.document = document;
        }

        /** Returns the damaged document, if it is one: what comes after it in a collection can be read all the same. */
        public Optional<DocumentId> document() {
            return Optional.ofNullable(document);
        }
    }
}
