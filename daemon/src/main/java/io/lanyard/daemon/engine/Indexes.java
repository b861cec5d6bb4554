package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The indexes over documents' fields that are declared for collections.
 *
 * <p>An index is a stretch of the store's named entries: for each visible document of its collection one whose name is
 * the {@link OrderKey} of the field and the document's id. They change in the same commit as the documents, whatever
 * changes these, so that an index is never behind. They take the same way as all entries through compaction, backup and
 * salvage.
 *
 * <p>A new index is filled in slices beside everything else, and is not {@linkplain IndexState#isComplete complete}
 * before; nobody may read it until then. One that is not declared any more is emptied in slices. After a salvage all are
 * made anew, under other numbers.
 *
 * <p>What is promised of a complete index: it has an entry for each visible document that is not damaged. It may have
 * more of them, where a damaged record did not tell what it was under: who reads it looks at the document.
 */
final class Indexes {

    /** How many indexes of one collection are kept, those with the first paths, if devices declare more at once. */
    static final int MAX_PER_COLLECTION = 16;

    private static final String DECLARED = "indexes";
    private static final int SLICE_DOCUMENTS = 256;
    private static final long SLICE_BYTES = 1 << 20;
    private static final int SLICE_ENTRIES = 1_000;

    private final Store store;
    private final Map<String, byte[]> entries;
    private final Map<Integer, IndexState> all = new TreeMap<>();
    private final Map<String, List<IndexState>> byCollection = new TreeMap<>();
    private final long salvagedAtMillis;
    private int nextNumber = 1;

    /** Reads what there is, and notes in {@code entries} what the present commit changes. */
    Indexes(Store store, Map<String, byte[]> entries) {
        this.store = store;
        this.entries = entries;
        salvagedAtMillis = IndexState.salvagedAtMillis(store);
        store.entry(EntryNames.NEXT_INDEX).ifPresent(bytes -> nextNumber = IndexState.decodeNumber(bytes));
        for (IndexState index : IndexState.all(store)) {
            all.put(index.number(), index);
            nextNumber = Math.max(nextNumber, index.number() + 1);
        }
        List.copyOf(all.values()).stream()
                .filter(index -> index.salvagedAtMillis() != salvagedAtMillis || store.lostData())
                .forEach(index -> put(index.dropped()));
        declareAll();
        sortOut();
    }

    private void declareAll() {
        Map<String, Collection<FieldPath>> declared = new TreeMap<>();
        String after = "";
        while (after != null) {
            try {
                store.documents(DocumentId.SETTINGS, after, record -> {
                    declared.put(record.id().id(), paths(document(record.bytes())));
                    return true;
                });
                after = null;
            } catch (Store.DamagedException e) {
                after = e.document().orElseThrow(() -> e).id();
            }
        }
        all.values().stream()
                .map(IndexState::collection)
                .distinct()
                .toList()
                .forEach(collection -> declared.putIfAbsent(collection, List.of()));
        declared.forEach(this::declare);
    }

    private static Document document(byte[] record) {
        try {
            return StoredDocument.decode(record).document();
        } catch (CodecException e) {
            return new Document(); // the same as one that is damaged
        }
    }

    private static List<FieldPath> paths(Document settings) {
        FieldPath declared = FieldPath.of(DECLARED);
        return settings.leaves().subMap(declared.firstBelow(), declared.endBelow()).keySet().stream()
                .map(FieldPath::segments)
                .filter(segments -> segments.size() == 2 && IndexState.isPath(segments.get(1)))
                .map(segments -> new FieldPath(segments.get(1)))
                .limit(MAX_PER_COLLECTION)
                .toList();
    }

    private void declare(String collection, Collection<FieldPath> paths) {
        List<IndexState> present = all.values().stream()
                .filter(index -> index.collection().equals(collection) && !index.isDropped())
                .toList();
        for (IndexState index : present) {
            if (!paths.contains(index.path())) {
                put(index.dropped());
            }
        }
        for (FieldPath path : paths) {
            if (present.stream().noneMatch(index -> index.path().equals(path))) {
                put(IndexState.begun(nextNumber++, collection, path, salvagedAtMillis));
                entries.put(EntryNames.NEXT_INDEX, IndexState.encodeNumber(nextNumber));
            }
        }
    }

    private void put(IndexState index) {
        all.put(index.number(), index);
        entries.put(index.entryName(), index.encode());
    }

    private void sortOut() {
        byCollection.clear();
        for (IndexState index : all.values()) {
            if (!index.isDropped()) {
                byCollection
                        .computeIfAbsent(index.collection(), absent -> new ArrayList<>())
                        .add(index);
            }
        }
    }

    /** Notes that the next commit changes a document. Comes after {@link #goOn} of the same commit. */
    void changed(DocumentId id, Optional<Document> before, Document after) {
        if (id.isInternal()) {
            declare(id.id(), after.isVisible() ? paths(after) : List.of());
            sortOut();
            return;
        }
        for (IndexState index : byCollection.getOrDefault(id.collection(), List.of())) {
            String was = before.map(document -> index.nameOf(id.id(), document)).orElse(null);
            String is = index.nameOf(id.id(), after);
            if (was != null && !was.equals(is)) {
                entries.put(was, null);
            }
            if (is != null && !is.equals(was)) {
                entries.put(is, IndexState.NOTHING);
            }
        }
    }

    /** Returns whether {@link #goOn} has something to do. */
    boolean hasWork() {
        return all.values().stream().anyMatch(index -> !index.isComplete());
    }

    /** Fills or empties an index by one slice, which goes into the next commit. */
    void goOn() {
        all.values().stream().filter(index -> !index.isComplete()).findFirst().ifPresent(index -> {
            if (index.isDropped()) {
                empty(index);
            } else {
                fill(index);
            }
            sortOut();
        });
    }

    private void empty(IndexState index) {
        List<String> names;
        try {
            names = List.copyOf(store.entries(index.prefix(), "", SLICE_ENTRIES).keySet());
        } catch (Store.DamagedException e) {
            names = List.of(); // what cannot be read stays, and is nothing to anybody: no index has that number again
        }
        names.forEach(name -> entries.put(name, null));
        if (names.size() < SLICE_ENTRIES) {
            all.remove(index.number());
            entries.put(index.entryName(), null);
        }
    }

    private void fill(IndexState index) {
        String at = index.filledTo();
        Slice slice = new Slice(index, at);
        boolean isAtEnd = false;
        try {
            store.documents(index.collection(), at, slice::take);
            isAtEnd = !slice.isFull();
        } catch (Store.DamagedException e) {
            slice.last = e.document().orElseThrow(() -> e).id();
        }
        put(isAtEnd ? index.completed() : index.filledTo(slice.last));
    }

    private final class Slice {
        private final IndexState index;
        private String last;
        private int documentsLeft = SLICE_DOCUMENTS;
        private long bytesLeft = SLICE_BYTES;

        Slice(IndexState index, String last) {
            this.index = index;
            this.last = last;
        }

        boolean isFull() {
            return documentsLeft <= 0 || bytesLeft <= 0;
        }

        boolean take(Store.DocumentRecord record) {
            last = record.id().id();
            documentsLeft--;
            bytesLeft -= record.bytes().length;
            String name = index.nameOf(last, document(record.bytes()));
            if (name != null) {
                entries.put(name, IndexState.NOTHING);
            }
            return !isFull();
        }
    }
}
