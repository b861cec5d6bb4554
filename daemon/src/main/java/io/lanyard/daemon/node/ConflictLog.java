package io.lanyard.daemon.node;

import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Settlement;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.node.Node.ConflictFilter;
import io.lanyard.daemon.node.Node.ConflictPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** The conflict journal as people read it: with names, and with what was decided. Thread-safe; reads committed state. */
final class ConflictLog {

    private static final int MAX_READ = 100;

    private final Store store;
    private final DeviceNames names;

    ConflictLog(Store store, DeviceNames names) {
        this.store = store;
        this.names = names;
    }

    /**
     * Returns the first conflicts that are wanted, with a number greater than {@code after}.
     *
     * @param writers which device writes under which replica id
     */
    ConflictPage page(ConflictFilter filter, long after, int limit, Map<ReplicaId, String> writers) {
        SortedMap<Long, Settlement> settlements = Settlement.all(store);
        List<JournaledConflict> found = new ArrayList<>();
        SortedMap<Long, byte[]> records = store.journal(after, MAX_READ);
        while (!records.isEmpty() && found.size() <= limit) {
            records.forEach((number, bytes) -> {
                JournaledConflict conflict =
                        describe(number, bytes, Optional.ofNullable(settlements.get(number)), writers);
                if (filter.wants(conflict) && found.size() <= limit) {
                    found.add(conflict);
                }
            });
            records = store.journal(records.lastKey(), MAX_READ);
        }
        boolean isLast = found.size() <= limit;
        return new ConflictPage(isLast ? found : found.subList(0, limit), isLast, counts().dropped());
    }

    /** Returns the conflict of that number. */
    Optional<JournaledConflict> find(long number, Map<ReplicaId, String> writers) {
        SortedMap<Long, byte[]> records = store.journal(number - 1, 1);
        return records.containsKey(number)
                ? Optional.of(describe(
                        number,
                        records.get(number),
                        Optional.ofNullable(Settlement.all(store).get(number)),
                        writers))
                : Optional.empty();
    }

    /** Returns how many there are. */
    NodeStatus.Conflicts counts() {
        long first = store.firstJournalNumber();
        long held = store.journalSize();
        long settled = Settlement.all(store).tailMap(first).size();
        return new NodeStatus.Conflicts(Math.max(0, held - settled), held, first - 1);
    }

    /** Returns the number of the newest conflict, 0 if there never was one. */
    long lastNumber() {
        return store.firstJournalNumber() + store.journalSize() - 1;
    }

    private JournaledConflict describe(
            long number, byte[] bytes, Optional<Settlement> settlement, Map<ReplicaId, String> writers) {
        JournalRecord record = JournalRecord.decode(bytes);
        return new JournaledConflict(
                number,
                record.id(),
                record.conflict(),
                names.ofWriter(record.conflict().loser(), writers),
                names.ofWriter(record.conflict().winner(), writers),
                record.foundAtMillis(),
                settlement);
    }
}
