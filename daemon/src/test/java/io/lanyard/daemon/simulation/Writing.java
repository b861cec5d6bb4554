package io.lanyard.daemon.simulation;

import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.engine.Operation.Kind;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Random programs: few documents and few fields, nested and clashing, so that writers meet. */
final class Writing {
    private static final String[] PATHS = {"/a", "/a/b", "/a/b/c", "/a/d", "/e", "/f", "/g"};

    private final Cluster cluster;
    private final SplittableRandom random;
    private final int documents;
    private int written;

    Writing(Cluster cluster, SplittableRandom random) {
        this.cluster = cluster;
        this.random = random;
        documents = 2 + random.nextInt(9);
    }

    void write(Station station) {
        int count = random.nextInt(5) == 0 ? 2 + random.nextInt(3) : 1;
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            operations.add(operation(station));
        }
        cluster.write(station, operations, random.nextInt(4) == 0 ? Mode.EACH : Mode.ALL_OR_NOTHING);
    }

    private Operation operation(Station station) {
        int number = random.nextInt(documents);
        DocumentId id = new DocumentId(number % 3 == 0 ? "order" : "contact", "d" + number);
        Condition condition = random.nextInt(8) == 0 ? condition(station, id) : Condition.NONE;
        int kind = random.nextInt(100);
        if (kind < 12) {
            return Operation.delete(id, condition);
        }
        if (kind < 45) {
            return new Operation(Kind.PUT, id, leaves(false), condition);
        }
        if (kind < 55) {
            return new Operation(Kind.CREATE, id, leaves(false), condition);
        }
        return new Operation(Kind.PATCH, id, leaves(true), condition);
    }

    private Condition condition(Station station, DocumentId id) {
        return switch (random.nextInt(3)) {
            case 0 -> new Condition("*", false);
            case 1 -> new Condition(null, true);
            default ->
                new Condition(
                        station.disk
                                .store
                                .document(id)
                                .map(bytes -> StoredDocument.etag(
                                        StoredDocument.decode(bytes).hash()))
                                .orElse("none"),
                        false);
        };
    }

    private TreeMap<FieldPath, String> leaves(boolean isPatch) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        int count = isPatch ? 1 + random.nextInt(2) : random.nextInt(4);
        for (int i = 0; i < count; i++) {
            FieldPath path = new FieldPath(PATHS[random.nextInt(PATHS.length)]);
            if (leaves.keySet().stream().noneMatch(path::clashesWith)) {
                leaves.put(path, value(isPatch));
            }
        }
        return leaves;
    }

    private String value(boolean isPatch) {
        int kind = random.nextInt(20);
        if (kind == 0) {
            return "{}";
        }
        if (kind < 3) {
            return isPatch ? "null" : "12.10";
        }
        return kind < 6 ? "\"same\"" : "\"v" + written++ + "\"";
    }
}
