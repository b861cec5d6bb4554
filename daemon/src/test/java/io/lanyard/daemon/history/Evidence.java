package io.lanyard.daemon.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Tells which writes a value can come from. */
final class Evidence {

    private record Place(String document, String path, Object value) {}

    private final Map<Place, List<WriteEvent>> setters = new HashMap<>();
    private final Map<Long, List<WriteEvent>> batches = new HashMap<>();

    Evidence(Stream<WriteEvent> possible) {
        possible.forEach(write -> {
            write.sets()
                    .forEach((path, value) -> setters.computeIfAbsent(
                                    new Place(write.document(), path, value), first -> new ArrayList<>())
                            .add(write));
            batches.computeIfAbsent(write.batch(), first -> new ArrayList<>()).add(write);
        });
    }

    /** Adds the writes that alone can have left what a document shows. */
    void addProven(String document, Map<String, Object> shown, Set<WriteEvent> proven) {
        if (shown != null) {
            shown.forEach((path, value) -> {
                List<WriteEvent> sources = setters.getOrDefault(new Place(document, path, value), List.of());
                if (sources.size() == 1) {
                    proven.add(sources.get(0));
                }
            });
        }
    }

    /** Returns the writes that are there if this one is, itself among them. */
    List<WriteEvent> together(WriteEvent write) {
        return write.isAtomic() ? batches.get(write.batch()) : List.of(write);
    }
}
