package io.lanyard.daemon.store;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A store in memory, for simulations and tests: durable as long as the object lives. Its arrival index keeps dead entries
 * as that of the files does, until all of a chunk are dead; the chunks are smaller. Thread-safe.
 */
public final class MemoryStore implements Store {
    private static final int CHUNK_ENTRIES = 8;

    private final NavigableMap<DocumentId, byte[]> documents = new TreeMap<>();
    private final NavigableMap<Long, Arrival> arrivals = new TreeMap<>();
    private final NavigableSet<Long> deadArrivals = new TreeSet<>();
    private final NavigableMap<String, byte[]> entries = new TreeMap<>();
    private final NavigableMap<Long, byte[]> journal = new TreeMap<>();
    private long lastArrival;
    private long lastJournal;
    private boolean closed;
    private boolean lostData;

    /** Makes an empty store. */
    public MemoryStore() {}

    /** Returns an open store with the same content: what a copied disk is. */
    public synchronized MemoryStore copy() {
        MemoryStore copy = new MemoryStore();
        copy.documents.putAll(documents);
        copy.arrivals.putAll(arrivals);
        copy.deadArrivals.addAll(deadArrivals);
        copy.entries.putAll(entries);
        copy.journal.putAll(journal);
        copy.lastArrival = lastArrival;
        copy.lastJournal = lastJournal;
        return copy;
    }

    @Override
    public synchronized Optional<byte[]> document(DocumentId id) {
        refuseIfClosed();
        return Optional.ofNullable(documents.get(id));
    }

    @Override
    public void documents(String collection, String afterId, Predicate<DocumentRecord> visitor) {
        for (DocumentRecord document : documentsOf(collection, afterId)) {
            if (!visitor.test(document)) {
                return;
            }
        }
    }

    private synchronized List<DocumentRecord> documentsOf(String collection, String afterId) {
        refuseIfClosed();
        List<DocumentRecord> found = new ArrayList<>();
        NavigableMap<DocumentId, byte[]> from =
                afterId.isEmpty() ? documents : documents.tailMap(new DocumentId(collection, afterId), false);
        for (Map.Entry<DocumentId, byte[]> entry : from.entrySet()) {
            int order = entry.getKey().collection().compareTo(collection);
            if (order > 0) {
                break;
            }
            if (order == 0) {
                found.add(new DocumentRecord(entry.getKey(), entry.getValue()));
            }
        }
        return found;
    }

    @Override
    public synchronized List<String> collections() {
        refuseIfClosed();
        return documents.keySet().stream()
                .map(DocumentId::collection)
                .distinct()
                .toList();
    }

    @Override
    public synchronized List<Arrival> arrivals(long after, int limit) {
        refuseIfClosed();
        return arrivals.tailMap(after, false).values().stream().limit(limit).toList();
    }

    @Override
    public synchronized long lastArrival() {
        refuseIfClosed();
        return lastArrival;
    }

    @Override
    public synchronized Optional<byte[]> entry(String name) {
        refuseIfClosed();
        return Optional.ofNullable(entries.get(name));
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix) {
        return entries(prefix, "", Integer.MAX_VALUE);
    }

    @Override
    public synchronized SortedMap<String, byte[]> entries(String prefix, String after, int limit) {
        refuseIfClosed();
        SortedMap<String, byte[]> found = new TreeMap<>();
        boolean isAtStart = prefix.compareTo(after) > 0;
        for (Map.Entry<String, byte[]> entry :
                entries.tailMap(isAtStart ? prefix : after, isAtStart).entrySet()) {
            if (found.size() >= limit || !entry.getKey().startsWith(prefix)) {
                break;
            }
            found.put(entry.getKey(), entry.getValue());
        }
        return found;
    }

    @Override
    public synchronized SortedMap<String, byte[]> entriesBefore(String prefix, String before, int limit) {
        refuseIfClosed();
        SortedMap<String, byte[]> found = new TreeMap<>(Comparator.reverseOrder());
        for (Map.Entry<String, byte[]> entry :
                entries.headMap(before, false).descendingMap().entrySet()) {
            if (found.size() >= limit || !entry.getKey().startsWith(prefix)) {
                break;
            }
            found.put(entry.getKey(), entry.getValue());
        }
        return found;
    }

    /** Returns an open store that lost some of the documents, and says so: what a damaged disk is. */
    public synchronized MemoryStore copyWithout(Predicate<DocumentId> lost) {
        MemoryStore copy = copy();
        copy.documents.keySet().removeIf(lost);
        copy.arrivals.keySet().removeAll(deadArrivals);
        copy.deadArrivals.clear();
        copy.arrivals.values().removeIf(arrival -> lost.test(arrival.id()));
        copy.lostData = true;
        return copy;
    }

    @Override
    public boolean lostData() {
        return lostData;
    }

    @Override
    public synchronized SortedMap<Long, byte[]> journal(long after, int limit) {
        refuseIfClosed();
        SortedMap<Long, byte[]> found = new TreeMap<>();
        journal.tailMap(after, false).entrySet().stream()
                .limit(limit)
                .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
        return found;
    }

    @Override
    public synchronized long journalSize() {
        refuseIfClosed();
        return journal.size();
    }

    @Override
    public synchronized long firstJournalNumber() {
        refuseIfClosed();
        return lastJournal - journal.size() + 1;
    }

    @Override
    public synchronized void commit(ChangeSet changes) {
        refuseIfClosed();
        for (ChangeSet.DocumentChange change : changes.documents()) {
            if (change.number() <= lastArrival) {
                throw new IllegalArgumentException("arrival " + change.number() + " does not follow " + lastArrival);
            }
            documents.put(change.id(), change.record());
            arrivals.put(change.number(), new Arrival(change.number(), change.id(), change.context()));
            long previous = lastArrival;
            lastArrival = change.number();
            letDie(change.previousNumber());
            dropDeadChunk(previous);
        }
        changes.amendments().forEach(amendment -> documents.replace(amendment.id(), amendment.record()));
        for (ChangeSet.Removal removal : changes.removals()) {
            documents.remove(removal.id());
            letDie(removal.number());
        }
        changes.entries().forEach((name, content) -> {
            if (content == null) {
                entries.remove(name);
            } else {
                entries.put(name, content);
            }
        });
        for (byte[] bytes : changes.journalRecords()) {
            journal.put(++lastJournal, bytes);
        }
        while (journal.size() > changes.journalLimit()) {
            journal.pollFirstEntry();
        }
    }

    private void letDie(long number) {
        if (arrivals.containsKey(number)) {
            deadArrivals.add(number);
            dropDeadChunk(number);
        }
    }

    /** The newest chunk stays: it has room for more. */
    private void dropDeadChunk(long number) {
        long first = number - number % CHUNK_ENTRIES;
        SortedMap<Long, Arrival> chunk = arrivals.subMap(first, first + CHUNK_ENTRIES);
        if (lastArrival >= first + CHUNK_ENTRIES && deadArrivals.containsAll(chunk.keySet())) {
            deadArrivals.removeAll(chunk.keySet());
            chunk.clear();
        }
    }

    /** Nothing ever fails in here. */
    @Override
    public void recover() {
        refuseIfClosed();
    }

    @Override
    public OptionalLong freeBytes() {
        return OptionalLong.empty();
    }

    @Override
    public long sizeBytes() {
        return 0;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }
}
