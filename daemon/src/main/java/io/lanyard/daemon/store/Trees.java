package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import kotlin.Pair;
import org.mapdb.BTreeMap;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.Serializer;
import org.mapdb.serializer.GroupSerializer;

/**
 * MapDB's trees in one volume: what a store holds, how it is read and how a change set changes it.
 *
 * <p>Documents lie under {@code collection NUL id}, which sorts as {@link DocumentId} does. Values are outside of the
 * tree nodes, so that replacing one rewrites no node. Every value carries a checksum.
 *
 * <p>Keeps things in memory that belong to the volume's present content: once a change failed half-way this object is
 * good for nothing, and a new one has to be made. Either one thread changes or any number read; the caller's lock sees
 * to that.
 */
final class Trees {

    static {
        PlainJavaHashes.choose();
    }

    /** Formats of another major version cannot be read; what a newer minor one added is left as it is. */
    private static final int MAJOR_FORMAT = 1;

    private static final int MINOR_FORMAT = 0;
    private static final int NODE_SIZE = 32;
    private static final byte[] STATE_KEY = {0};
    private static final byte ENTRY_PREFIX = 1;

    private final GroupSerializer<byte[]> valueForm;
    private final DB db;
    private final BTreeMap<byte[], byte[]> documents;
    private final BTreeMap<byte[], byte[]> entries;
    private final ArrivalIndex arrivals;
    private final ConflictJournal journal;
    /** How the state was read: what is in it that only a newer minor version knows goes back into it. */
    private final State opened;

    private Trees(JournaledVolume volume, boolean exists) throws IOException {
        valueForm = volume.isSalvaged() ? new DamagedInput.Values() : Serializer.BYTE_ARRAY;
        DBMaker.Maker maker = DBMaker.volumeDB(volume, exists).concurrencyDisable();
        db = (volume.isSalvaged() ? maker.checksumHeaderBypass() : maker).make();
        documents = tree("documents");
        entries = tree("entries");
        opened = exists ? State.decode(entries.get(STATE_KEY)) : State.EMPTY;
        arrivals = new ArrivalIndex(
                tree("arrivalChunks"), new LiveCounts(tree("arrivalLiveCounts")), tree("arrivalSlots"), opened.last);
        journal = new ConflictJournal(tree("conflicts"), opened.firstConflict, opened.lastConflict);
    }

    /** Fills an empty volume from what {@code copy} reads. */
    private Trees(JournaledVolume volume, StoreCopy copy) throws IOException {
        valueForm = Serializer.BYTE_ARRAY;
        db = DBMaker.volumeDB(volume, false).concurrencyDisable().make();
        opened = copy.source().opened;
        journal = new ConflictJournal(
                filled("conflicts", volume, copy::conflicts), copy.firstConflict(), copy.lastConflict());
        documents = filled("documents", volume, copy::documents);
        entries = filled("entries", volume, copy::entries);
        ArrivalFilling filling = new ArrivalFilling(
                copy.last(),
                sink("arrivalChunks", volume),
                sink("arrivalSlots", volume),
                sink("arrivalLiveCounts", volume));
        copy.arrivals(filling);
        arrivals = filling.index();
    }

    /** Fills an empty volume that has no journal yet from what {@code copy} reads; nothing is durable on return. */
    static Trees fill(JournaledVolume volume, StoreCopy copy) throws IOException {
        Trees trees = new Trees(volume, copy);
        trees.commit();
        return trees;
    }

    private BTreeMap<byte[], byte[]> filled(
            String name, JournaledVolume volume, Consumer<BiConsumer<byte[], byte[]>> filling) {
        ArrivalFilling.Sink sink = sink(name, volume);
        filling.accept(sink);
        return sink.finish();
    }

    /** Writes a tree from its first key to its last: the leaves lie close and three quarters full. */
    private ArrivalFilling.Sink sink(String name, JournaledVolume volume) {
        DB.TreeMapSink<byte[], byte[]> sink = maker(name).createFromSink();
        return new ArrivalFilling.Sink() {
            @Override
            public void accept(byte[] key, byte[] value) {
                sink.put(new Pair<>(key, value));
                volume.writeOutAtTimes();
            }

            @Override
            public BTreeMap<byte[], byte[]> finish() {
                return sink.create();
            }
        };
    }

    /**
     * Opens what lies in the volume; in an empty one empty trees are made, and committed.
     *
     * @throws DamagedFileException if the record of the store's state is damaged; damage elsewhere may show as any
     *     runtime exception of MapDB's
     * @throws IOException if another major version wrote it
     */
    static Trees open(JournaledVolume volume) throws IOException {
        if (volume.holdsCommit()) {
            return new Trees(volume, true);
        }
        volume.holdSync();
        Trees trees = new Trees(volume, false);
        trees.putState();
        volume.releaseSync();
        trees.db.getStore().commit();
        return trees;
    }

    private BTreeMap<byte[], byte[]> tree(String name) {
        return maker(name).createOrOpen();
    }

    private DB.TreeMapMaker<byte[], byte[]> maker(String name) {
        return db.treeMap(name, Serializer.BYTE_ARRAY_DELTA, valueForm)
                .valuesOutsideNodesEnable()
                .maxNodeSize(NODE_SIZE);
    }

    BTreeMap<byte[], byte[]> documentTree() {
        return documents;
    }

    BTreeMap<byte[], byte[]> entryTree() {
        return entries;
    }

    BTreeMap<byte[], byte[]> conflictTree() {
        return journal.tree();
    }

    ArrivalIndex arrivalIndex() {
        return arrivals;
    }

    /** Returns the value of a document as it lies there, or null; {@link #unwrapDocument} checks it. */
    byte[] document(DocumentId id) {
        return documents.get(key(id));
    }

    /** Checks a document's value and returns the record in it. */
    static byte[] unwrapDocument(DocumentId id, byte[] value) {
        if (!CheckedValue.isSound(key(id), value)) {
            throw new DamagedException(id);
        }
        return CheckedValue.unwrap(key(id), value, "document " + id);
    }

    /** Returns the values of the documents of a collection after this id, as they lie there, the first {@code limit}. */
    SortedMap<DocumentId, byte[]> documents(String collection, String afterId, int limit) {
        byte[] from = (collection + '\0' + afterId).getBytes(StandardCharsets.US_ASCII);
        byte[] end = (collection + '\1').getBytes(StandardCharsets.US_ASCII);
        SortedMap<DocumentId, byte[]> found = new TreeMap<>();
        for (Map.Entry<byte[], byte[]> entry :
                documents.subMap(from, false, end, false).entrySet()) {
            found.put(documentId(entry.getKey()), entry.getValue());
            if (found.size() == limit) {
                break;
            }
        }
        return found;
    }

    List<String> collections() {
        List<String> names = new ArrayList<>();
        byte[] key = documents.isEmpty() ? null : documents.firstKey();
        while (key != null) {
            String name = documentId(key).collection();
            names.add(name);
            key = documents.ceilingKey((name + '\1').getBytes(StandardCharsets.US_ASCII));
        }
        return names;
    }

    List<Arrival> arrivals(long after, int limit) {
        return arrivals.after(after, limit);
    }

    long lastArrival() {
        return arrivals.last();
    }

    /** Returns the value of an entry as it lies there, or null; {@link #unwrapEntry} checks it. */
    byte[] entry(String name) {
        return entries.get(entryKey(name));
    }

    /** Checks an entry's value and returns what is in it. */
    static byte[] unwrapEntry(String name, byte[] value) {
        return CheckedValue.unwrap(entryKey(name), value, "entry " + name);
    }

    /** Returns the entries whose name begins with {@code prefix} and comes after {@code after}, checked. */
    SortedMap<String, byte[]> entries(String prefix, String after, int limit) {
        byte[] start = entryKey(prefix);
        boolean isAtStart = prefix.compareTo(after) > 0;
        byte[] from = isAtStart ? start : entryKey(after);
        SortedMap<String, byte[]> found = new TreeMap<>();
        for (Map.Entry<byte[], byte[]> entry : entries.tailMap(from, isAtStart).entrySet()) {
            byte[] key = entry.getKey();
            if (found.size() >= limit
                    || key.length < start.length
                    || !Arrays.equals(key, 0, start.length, start, 0, start.length)) {
                break;
            }
            String name = entryName(key);
            found.put(name, unwrapEntry(name, entry.getValue()));
        }
        return found;
    }

    /** Returns the entries whose name begins with {@code prefix} and comes before {@code before}, last first, checked. */
    SortedMap<String, byte[]> entriesBefore(String prefix, String before, int limit) {
        byte[] start = entryKey(prefix);
        SortedMap<String, byte[]> found = new TreeMap<>(Comparator.reverseOrder());
        for (Map.Entry<byte[], byte[]> entry : entries.subMap(start, true, entryKey(before), false)
                .descendingMap()
                .entrySet()) {
            if (found.size() >= limit) {
                break;
            }
            String name = entryName(entry.getKey());
            found.put(name, unwrapEntry(name, entry.getValue()));
        }
        return found;
    }

    SortedMap<Long, byte[]> journal(long after, int limit) {
        return journal.after(after, limit);
    }

    long firstJournalNumber() {
        return journal.first();
    }

    long journalSize() {
        return journal.size();
    }

    /** Changes the trees and commits the volume. */
    void commit(ChangeSet changes) {
        apply(changes);
        commit();
    }

    /** Makes what was applied since the last commit durable, if the volume has a journal. */
    void commit() {
        putState();
        db.getStore().commit();
    }

    /** Changes the trees; what was applied is neither durable nor fit to be read before the next commit. */
    void apply(ChangeSet changes) {
        arrivals.apply(changes.documents());
        for (ChangeSet.DocumentChange change : changes.documents()) {
            putDocument(change.id(), change.record());
        }
        for (ChangeSet.Amendment amendment : changes.amendments()) {
            byte[] key = key(amendment.id());
            documents.replace(key, CheckedValue.wrap(key, amendment.record()));
        }
        for (ChangeSet.Removal removal : changes.removals()) {
            if (documents.remove(key(removal.id())) != null) {
                arrivals.remove(removal.number());
            }
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
    }

    private void putDocument(DocumentId id, byte[] record) {
        byte[] key = key(id);
        documents.put(key, CheckedValue.wrap(key, record));
    }

    private void putState() {
        entries.put(STATE_KEY, state().encode());
    }

    private State state() {
        return new State(opened.minorFormat, arrivals.last(), journal.first(), journal.last(), opened.unknown);
    }

    /** Whether these trees and the others say the same of how far they are. */
    boolean isAsFarAs(Trees other) {
        return Arrays.equals(state().encode(), other.state().encode());
    }

    static boolean isState(byte[] key) {
        return Arrays.equals(key, STATE_KEY);
    }

    static String entryName(byte[] key) {
        return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
    }

    static byte[] key(DocumentId id) {
        return (id.collection() + '\0' + id.id()).getBytes(StandardCharsets.US_ASCII);
    }

    static DocumentId documentId(byte[] key) {
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
