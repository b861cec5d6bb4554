package io.lanyard.daemon.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.JournalRecord;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * A schedule written out by hand. Nothing goes wrong but what the case says; everything is checked as in the random
 * runs. Pages hold one document each.
 */
final class Case {
    private static final long SETTLE_MILLIS = 20_000;

    final Cluster cluster = new Cluster(1);
    private BiPredicate<Station, Effect> crashBefore = (station, effect) -> false;
    private BiPredicate<Station, Effect> crashAfter = (station, effect) -> false;

    Case(int stations) {
        cluster.mishaps = new Cluster.Mishaps() {
            @Override
            public boolean crashesBefore(Station station, Effect effect) {
                return crashBefore.test(station, effect);
            }

            @Override
            public void done(Station station, Effect effect) {
                if (crashAfter.test(station, effect)) {
                    cluster.crash(station);
                }
            }
        };
        for (int i = 0; i < stations; i++) {
            cluster.add(Cluster.settings("device" + i, 1, 50));
        }
    }

    static Case allUp(int stations) {
        Case written = new Case(stations);
        for (int i = 0; i < stations; i++) {
            written.start(i);
        }
        written.run(200);
        return written;
    }

    Station station(int slot) {
        return cluster.stations.get(slot);
    }

    void start(int slot) {
        cluster.start(station(slot));
    }

    void crash(int slot) {
        cluster.crash(station(slot));
    }

    void crashBefore(BiPredicate<Station, Effect> condition) {
        crashBefore = condition;
    }

    void crashAfter(BiPredicate<Station, Effect> condition) {
        crashAfter = condition;
    }

    void run(long millis) {
        cluster.run(millis);
    }

    /** Cuts two stations off from each other. */
    void cut(int one, int other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    void cutOneWay(int from, int to) {
        cluster.network.cut(station(from), station(to));
        cluster.refreshViews();
    }

    void mend() {
        cluster.network.mendAll();
        cluster.refreshViews();
    }

    static DocumentId id(String name) {
        return new DocumentId("contact", name);
    }

    static Operation put(String document, String... pathsAndValues) {
        return operation(Kind.PUT, document, pathsAndValues);
    }

    static Operation patch(String document, String... pathsAndValues) {
        return operation(Kind.PATCH, document, pathsAndValues);
    }

    static Operation delete(String document) {
        return Operation.delete(id(document), Condition.NONE);
    }

    private static Operation operation(Kind kind, String document, String... pathsAndValues) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        for (int i = 0; i < pathsAndValues.length; i += 2) {
            leaves.put(new FieldPath(pathsAndValues[i]), pathsAndValues[i + 1]);
        }
        return new Operation(kind, id(document), leaves, Condition.NONE);
    }

    /** Writes, and waits until it is acknowledged; returns the write's dot. */
    Dot write(int slot, Operation... operations) {
        long ticket = cluster.write(station(slot), List.of(operations), Mode.ALL_OR_NOTHING);
        run(5);
        assertTrue(cluster.results.containsKey(ticket), "not acknowledged");
        return cluster.dotsOf(ticket).get(0);
    }

    /** Returns what a station shows of a document. */
    Map<String, String> read(int slot, String document) {
        Map<String, String> leaves = new TreeMap<>();
        var held = station(slot).disk.documents.get(id(document));
        if (held != null) {
            held.leaves().forEach((path, value) -> leaves.put(path.pointer(), value));
        }
        return leaves;
    }

    boolean claims(int slot, Dot dot) {
        return station(slot).disk.vector.covers(dot);
    }

    boolean holds(int slot, String document, Dot dot) {
        return station(slot).disk.seenIn(id(document)).covers(dot);
    }

    /** Returns the writes that lost, as the station's journal tells. */
    List<Dot> journal(int slot) {
        List<Dot> losers = new ArrayList<>();
        station(slot)
                .disk
                .store
                .journal(0, 1_000)
                .values()
                .forEach(bytes ->
                        losers.add(JournalRecord.decode(bytes).conflict().loser()));
        return losers;
    }

    /** Waits until all who are up are equal, and checks that they get there. */
    void settle() {
        long end = cluster.nowMillis + SETTLE_MILLIS;
        List<Station> up = cluster.stations.stream().filter(Station::isUp).toList();
        run(1_000);
        while (Ending.inequality(up) != null && cluster.nowMillis < end) {
            run(250);
        }
        assertEquals(null, Ending.inequality(up));
        up.forEach(station ->
                cluster.checks.whole(station.disk, station.engine.status().digest()));
        cluster.witness.judge(up);
    }
}
