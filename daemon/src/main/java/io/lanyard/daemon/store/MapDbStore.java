package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBException;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store on disk: MapDB trees on a {@link JournaledVolume}.
 *
 * <p>Documents lie under {@code collection NUL id}, which sorts as {@link DocumentId} does. Values are outside of the
 * tree nodes, so that replacing one rewrites no node. Every value carries a checksum.
 *
 * <p>One lock: a commit holds it alone, from the first change to the return of the sync; reads share it. So MapDB's own
 * locks are switched off.
 */
public final class MapDbStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(MapDbStore.class);

    static {
        PlainJavaHashes.choose();
    }

    /** Either half of the redo journal, in bytes. */
    private static final long SEGMENT_BYTES = 32L << 20;

    private static final List<String> FILES =
            List.of(JournaledVolume.MAIN_NAME, RedoJournal.FIRST_NAME, RedoJournal.SECOND_NAME);
    /** Formats of another major version cannot be read; what a newer minor one added is left as it is. */
    private static final int MAJOR_FORMAT = 1;

    private static final int MINOR_FORMAT = 0;
    private static final int NODE_SIZE = 32;
    private static final int VISIT_AT_ONCE = 128;
    private static final byte[] STATE_KEY = {0};
    private static final byte ENTRY_PREFIX = 1;

    private final Disk disk;
    private final JournaledVolume volume;
    private final Runnable whenClosed;
    private final String movedAside;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final DB db;
    private final BTreeMap<byte[], byte[]> documents;
    private final BTreeMap<byte[], byte[]> entries;
    private final ArrivalIndex arrivals;
    private final ConflictJournal journal;
    /** How the state was read: what is in it that only a newer minor version knows goes back into it. */
    private final State opened;

    private boolean closed;

    private MapDbStore(Disk disk, JournaledVolume volume, Runnable whenClosed, String movedAside) throws IOException {
        this.disk = disk;
        this.volume = volume;
        this.whenClosed = whenClosed;
        this.movedAside = movedAside;
        boolean exists = volume.holdsCommit();
        if (!exists) {
            volume.holdSync();
        }
        db = DBMaker.volumeDB(volume, exists).concurrencyDisable().make();
        documents = tree("documents");
        entries = tree("entries");
        State state = exists ? State.decode(entries.get(STATE_KEY)) : State.EMPTY;
        opened = state;
        arrivals = new ArrivalIndex(
                tree("arrivalChunks"), new LiveCounts(tree("arrivalLiveCounts")), tree("arrivalSlots"), state.last);
        journal = new ConflictJournal(tree("conflicts"), state.firstConflict, state.lastConflict);
        if (!exists) {
            putState();
            volume.releaseSync();
            db.getStore().commit();
        }
    }

    private BTreeMap<byte[], byte[]> tree(String name) {
        return db.treeMap(name, Serializer.BYTE_ARRAY_DELTA, Serializer.BYTE_ARRAY)
                .valuesOutsideNodesEnable()
                .maxNodeSize(NODE_SIZE)
                .createOrOpen();
    }

    /**
     * Opens the store in this directory at its last commit, or an empty one. Files that are damaged beyond opening are
     * moved into a directory beside them, never deleted; {@link #damagedFilesMovedTo()} then says where.
     *
     * @throws StoreInUseException if another daemon has it open
     * @throws IOException if the directory cannot be read or written, or a newer version wrote it
     */
    public static MapDbStore open(Path directory) throws IOException {
        ForceThread background = new ForceThread();
        Disk disk = DirectoryDisk.open(directory);
        try {
            return open(disk, SEGMENT_BYTES, background, background::close);
        } catch (IOException | RuntimeException | Error e) {
            background.close();
            disk.close();
            throw e;
        }
    }

    /** Opens the store on this disk, which it then owns; the caller closes it if this fails. */
    static MapDbStore open(Disk disk, long segmentBytes, Executor background, Runnable whenClosed) throws IOException {
        try {
            return openAsIs(disk, segmentBytes, background, whenClosed, null);
        } catch (DamagedFileException e) {
            String aside = disk.moveAside(FILES);
            LOG.error(
                    "The store in {} is damaged and cannot be opened ({}). Its files are now in {}; starting empty.",
                    disk.description(),
                    e.getMessage(),
                    aside);
            return openAsIs(disk, segmentBytes, background, whenClosed, aside);
        }
    }

    private static MapDbStore openAsIs(
            Disk disk, long segmentBytes, Executor background, Runnable whenClosed, String movedAside)
            throws IOException {
        JournaledVolume volume = JournaledVolume.open(disk, segmentBytes, background);
        try {
            return new MapDbStore(disk, volume, whenClosed, movedAside);
        } catch (IOException | RuntimeException | AssertionError | IllegalAccessError e) {
            Throwable failure = volume.failure();
            volume.fail(e);
            volume.close();
            if (e instanceof IOException io) {
                throw io;
            }
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            String said = String.valueOf(e.getMessage()).split("\\. ", 2)[0];
            throw new DamagedFileException(e.getClass().getSimpleName() + ": " + said, e);
        }
    }

    /** Where the files went that could not be opened, if that happened at this opening: the store began empty then. */
    public Optional<String> damagedFilesMovedTo() {
        return Optional.ofNullable(movedAside);
    }

    @Override
    public Optional<byte[]> document(DocumentId id) {
        byte[] key = key(id);
        String what = "document " + id;
        byte[] value = read(what, () -> documents.get(key));
        return value == null ? Optional.empty() : Optional.of(CheckedValue.unwrap(key, value, what));
    }

    @Override
    public void documents(String collection, String afterId, Predicate<DocumentRecord> visitor) {
        byte[] end = (collection + '\1').getBytes(StandardCharsets.US_ASCII);
        byte[] after = (collection + '\0' + afterId).getBytes(StandardCharsets.US_ASCII);
        List<Map.Entry<byte[], byte[]>> found;
        do {
            byte[] from = after;
            found = read("collection " + collection, () -> firstOf(documents.subMap(from, false, end, false)));
            for (Map.Entry<byte[], byte[]> entry : found) {
                DocumentId id = documentId(entry.getKey());
                byte[] bytes = CheckedValue.unwrap(entry.getKey(), entry.getValue(), "document " + id);
                if (!visitor.test(new DocumentRecord(id, bytes))) {
                    return;
                }
                after = entry.getKey();
            }
        } while (found.size() == VISIT_AT_ONCE);
    }

    private static List<Map.Entry<byte[], byte[]>> firstOf(Map<byte[], byte[]> range) {
        List<Map.Entry<byte[], byte[]>> found = new ArrayList<>();
        for (Map.Entry<byte[], byte[]> entry : range.entrySet()) {
            found.add(Map.entry(entry.getKey(), entry.getValue()));
            if (found.size() == VISIT_AT_ONCE) {
                break;
            }
        }
        return found;
    }

    @Override
    public List<String> collections() {
        return read("the list of collections", () -> {
            List<String> names = new ArrayList<>();
            byte[] key = documents.isEmpty() ? null : documents.firstKey();
            while (key != null) {
                String name = documentId(key).collection();
                names.add(name);
                key = documents.ceilingKey((name + '\1').getBytes(StandardCharsets.US_ASCII));
            }
            return names;
        });
    }

    @Override
    public List<Arrival> arrivals(long after, int limit) {
        return read("the arrival index", () -> arrivals.after(after, limit));
    }

    @Override
    public long lastArrival() {
        return read("the arrival index", arrivals::last);
    }

    @Override
    public Optional<byte[]> entry(String name) {
        byte[] key = entryKey(name);
        String what = "entry " + name;
        byte[] value = read(what, () -> entries.get(key));
        return value == null ? Optional.empty() : Optional.of(CheckedValue.unwrap(key, value, what));
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix) {
        return entries(prefix, "", Integer.MAX_VALUE);
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix, String after, int limit) {
        byte[] start = entryKey(prefix);
        boolean isAtStart = prefix.compareTo(after) > 0;
        byte[] from = isAtStart ? start : entryKey(after);
        return read("the entries " + prefix, () -> {
            SortedMap<String, byte[]> found = new TreeMap<>();
            for (Map.Entry<byte[], byte[]> entry :
                    entries.tailMap(from, isAtStart).entrySet()) {
                byte[] key = entry.getKey();
                if (found.size() >= limit
                        || key.length < start.length
                        || !Arrays.equals(key, 0, start.length, start, 0, start.length)) {
                    break;
                }
                String name = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
                found.put(name, CheckedValue.unwrap(key, entry.getValue(), "entry " + name));
            }
            return found;
        });
    }

    @Override
    public boolean lostData() {
        return movedAside != null;
    }

    @Override
    public SortedMap<Long, byte[]> journal(long after, int limit) {
        return read("the conflict journal", () -> journal.after(after, limit));
    }

    @Override
    public long journalSize() {
        return read("the conflict journal", journal::size);
    }

    @Override
    public long firstJournalNumber() {
        return read("the conflict journal", journal::first);
    }

    /** Not to be interrupted: that would close the files under it. */
    @Override
    public void commit(ChangeSet changes) throws IOException {
        boolean interrupted = Thread.interrupted();
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            if (volume.failure() != null) {
                throw refusal();
            }
            write(changes);
        } finally {
            lock.writeLock().unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void write(ChangeSet changes) throws IOException {
        try {
            arrivals.apply(changes.documents());
            for (ChangeSet.DocumentChange change : changes.documents()) {
                byte[] key = key(change.id());
                documents.put(key, CheckedValue.wrap(key, change.record()));
            }
            for (ChangeSet.Amendment amendment : changes.amendments()) {
                byte[] key = key(amendment.id());
                documents.put(key, CheckedValue.wrap(key, amendment.record()));
            }
            for (ChangeSet.Removal removal : changes.removals()) {
                documents.remove(key(removal.id()));
                arrivals.remove(removal.number());
            }
            changes.entries().forEach((name, content) -> {
                byte[] key = entryKey(name);
                if (content == null) {
                    entries.remove(key);
                } else {
                    entries.put(key, CheckedValue.wrap(key, content));
                }
            });
            journal.append(changes.journalRecords(), changes.journalLimit());
            putState();
            db.getStore().commit();
        } catch (RuntimeException | Error e) {
            volume.fail(e);
            Throwable cause = e instanceof DBException.VolumeIOError && e.getCause() != null ? e.getCause() : e;
            throw new IOException("the commit failed, and the store refuses everything now: " + cause.getMessage(), e);
        }
    }

    private void putState() {
        State state = new State(opened.minorFormat, arrivals.last(), journal.first(), journal.last(), opened.unknown);
        entries.put(STATE_KEY, state.encode());
    }

    @Override
    public long sizeBytes() {
        return read("the store", volume::sizeBytes);
    }

    /** Forces everything and leaves an empty redo journal, so that the next opening is quick. */
    @Override
    public void close() throws IOException {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                closeFiles();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void closeFiles() throws IOException {
        try (disk) {
            volume.close();
        } catch (DBException.VolumeIOError e) {
            throw new IOException(
                    "closing the store failed: " + e.getCause().getMessage() + "; what was committed is safe", e);
        } finally {
            whenClosed.run();
        }
    }

    private <T> T read(String what, Supplier<T> reading) {
        lock.readLock().lock();
        try {
            refuseIfClosed();
            if (volume.failure() != null) {
                throw new UncheckedIOException(refusal());
            }
            return guarded(what, reading);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** What MapDB throws while reading comes from bytes that make no sense. */
    private static <T> T guarded(String what, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (DamagedException e) {
            throw e;
        } catch (RuntimeException | AssertionError e) {
            throw new DamagedException(what, e);
        }
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }

    private IOException refusal() {
        Throwable failure = volume.failure();
        return new IOException(
                "the store refuses everything since a write failed, until it is opened again: " + failure.getMessage(),
                failure);
    }

    private static byte[] key(DocumentId id) {
        return (id.collection() + '\0' + id.id()).getBytes(StandardCharsets.US_ASCII);
    }

    private static DocumentId documentId(byte[] key) {
        String text = new String(key, StandardCharsets.US_ASCII);
        int separator = text.indexOf('\0');
        return new DocumentId(text.substring(0, separator), text.substring(separator + 1));
    }

    private static byte[] entryKey(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + bytes.length)
                .put(ENTRY_PREFIX)
                .put(bytes)
                .array();
    }

    /**
     * What the indexes need to know at opening: minor and major format (2 bytes each), three numbers, and whatever newer
     * minor versions add. The minor format is the newest that ever wrote here.
     */
    private record State(int minorFormat, long last, long firstConflict, long lastConflict, byte[] unknown) {
        static final State EMPTY = new State(MINOR_FORMAT, 0, 1, 0, new byte[0]);

        private static final int LEAST_BYTES = Integer.BYTES + 3 * Long.BYTES;

        byte[] encode() {
            ByteBuffer content = ByteBuffer.allocate(LEAST_BYTES + unknown.length);
            content.putShort((short) Math.max(minorFormat, MINOR_FORMAT)).putShort((short) MAJOR_FORMAT);
            content.putLong(last).putLong(firstConflict).putLong(lastConflict).put(unknown);
            return CheckedValue.wrap(STATE_KEY, content.array());
        }

        static State decode(byte[] value) throws IOException {
            if (value == null || !CheckedValue.isSound(STATE_KEY, value)) {
                throw new DamagedFileException("the record of the store's state is missing or damaged");
            }
            ByteBuffer content = ByteBuffer.wrap(CheckedValue.unwrap(STATE_KEY, value, "state"));
            int minor = Short.toUnsignedInt(content.getShort());
            int major = Short.toUnsignedInt(content.getShort());
            if (major != MAJOR_FORMAT) {
                throw new IOException("the store has format " + major + "." + minor + "; this version of lanyard reads"
                        + " format " + MAJOR_FORMAT + " only. Nothing was changed. Use the version that wrote it, or"
                        + " export there and import here.");
            }
            long last = content.getLong();
            long firstConflict = content.getLong();
            long lastConflict = content.getLong();
            byte[] unknown = new byte[content.remaining()];
            content.get(unknown);
            return new State(minor, last, firstConflict, lastConflict, unknown);
        }
    }
}
