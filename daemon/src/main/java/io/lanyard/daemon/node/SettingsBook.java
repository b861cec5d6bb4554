package io.lanyard.daemon.node;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.engine.WriteGuard;
import io.lanyard.daemon.engine.WriteRequest;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is declared of collections, as committed on this device. Any thread may ask, which costs a look into a map.
 */
public final class SettingsBook {

    private volatile Map<String, CollectionSettings> all = Map.of();

    /** Makes a book in which nothing is declared. */
    public SettingsBook() {}

    /** Returns what is declared of a collection, {@link CollectionSettings#NONE} if nothing is. */
    public CollectionSettings of(String collection) {
        return all.getOrDefault(collection, CollectionSettings.NONE);
    }

    /** Returns the same request, which no schema of a collection it writes to lets through if it is wrong. */
    WriteRequest guarded(WriteRequest request) {
        Map<String, CollectionSettings> present = all;
        boolean isFree = request.operations().stream()
                .allMatch(operation -> present.getOrDefault(operation.id().collection(), CollectionSettings.NONE)
                        .schema()
                        .isEmpty());
        return isFree ? request : request.guardedBy(new Guard(present));
    }

    /** Reads everything anew. */
    void read(Store store) {
        Map<String, CollectionSettings> read = new TreeMap<>();
        String after = "";
        while (after != null) {
            try {
                store.documents(DocumentId.SETTINGS, after, record -> {
                    put(read, record.id().id(), record.bytes());
                    return true;
                });
                after = null;
            } catch (Store.DamagedException e) {
                after = e.document().orElseThrow(() -> e).id();
            }
        }
        all = read;
    }

    /** Puts what a test declares into the book. */
    public void put(String collection, CollectionSettings settings) {
        Map<String, CollectionSettings> changed = new TreeMap<>(all);
        changed.put(collection, settings);
        all = changed;
    }

    private static void put(Map<String, CollectionSettings> read, String collection, byte[] record) {
        try {
            StoredDocument stored = StoredDocument.decode(record);
            if (stored.document().isVisible()) {
                CollectionSettings settings =
                        CollectionSettings.of(stored.document().leaves());
                if (!settings.isNone()) {
                    read.put(collection, settings);
                }
            }
        } catch (CodecException e) {
            read.remove(collection); // it comes back from a peer, as everything that is damaged
        }
    }

    /** The schemas of a request, which share what it may cost. */
    private static final class Guard implements WriteGuard {
        private final Map<String, CollectionSettings> settings;
        private final SchemaBudget budget = new SchemaBudget();

        Guard(Map<String, CollectionSettings> settings) {
            this.settings = settings;
        }

        @Override
        public Optional<String> refusal(DocumentId id, SortedMap<FieldPath, String> leaves) {
            return settings.getOrDefault(id.collection(), CollectionSettings.NONE)
                    .schema()
                    .flatMap(schema -> schema.refusal(id, leaves, budget));
        }
    }
}
