package io.lanyard.daemon.history;

import io.lanyard.daemon.history.DeviceState.Lost;
import io.lanyard.daemon.history.WriteEvent.Kind;
import io.lanyard.daemon.history.WriteEvent.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A small history of two devices, told line by line; each line takes ten units of time, and stamps go up with it. A
 * device whose clock is behind stamps by {@link #clockBehind}.
 */
final class Story {
    final History history = new History();
    private final Map<String, Map<String, Object>> shown = new TreeMap<>();
    private final Map<String, Map<String, Object>> shownOnSecond = new TreeMap<>();
    private final List<Lost> journal = new ArrayList<>();
    private boolean isSecondOther;
    private int clockBehind;
    private long now;

    /** Returns fields by path: alternating names and values. */
    static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put("/" + namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    Story clockBehind(int lines) {
        clockBehind = lines;
        return this;
    }

    /** Returns the moment of the next line. */
    long now() {
        return now;
    }

    Story create(int device, String document, Object... fields) {
        return write(device, Kind.CREATED, Outcome.ACKNOWLEDGED, document, fields(fields), Set.of());
    }

    Story replace(int device, String document, Object... fields) {
        return write(device, Kind.REPLACED, Outcome.ACKNOWLEDGED, document, fields(fields), Set.of());
    }

    Story patch(int device, String document, Object... fields) {
        return write(device, Kind.PATCHED, Outcome.ACKNOWLEDGED, document, fields(fields), Set.of());
    }

    Story remove(int device, String document, String field) {
        return write(device, Kind.PATCHED, Outcome.ACKNOWLEDGED, document, Map.of(), Set.of("/" + field));
    }

    Story delete(int device, String document) {
        return write(device, Kind.DELETED, Outcome.ACKNOWLEDGED, document, Map.of(), Set.of());
    }

    Story refused(int device, String document, Object... fields) {
        return write(device, Kind.PATCHED, Outcome.FAILED, document, fields(fields), Set.of());
    }

    Story unanswered(int device, Kind kind, String document, Object... fields) {
        return write(device, kind, Outcome.UNKNOWN, document, fields(fields), Set.of());
    }

    /** Patches each of the documents with that one field, whole or not at all. */
    Story batch(int device, Outcome outcome, String field, Object value, String... documents) {
        line();
        for (int place = 0; place < documents.length; place++) {
            add(device, place, true, Kind.PATCHED, outcome, documents[place], Map.of("/" + field, value), Set.of());
        }
        return this;
    }

    private Story write(
            int device, Kind kind, Outcome outcome, String document, Map<String, Object> sets, Set<String> removes) {
        line();
        return add(device, 0, false, kind, outcome, document, sets, removes);
    }

    private void line() {
        now += 10;
    }

    private Story add(
            int device,
            int place,
            boolean isAtomic,
            Kind kind,
            Outcome outcome,
            String document,
            Map<String, Object> sets,
            Set<String> removes) {
        WriteStamp stamp = new WriteStamp(now - 10L * clockBehind, place, "r" + device);
        boolean isAnswered = outcome != Outcome.UNKNOWN;
        history.add(new WriteEvent(
                device,
                now,
                place,
                isAtomic,
                document,
                kind,
                sets,
                removes,
                false,
                outcome,
                stamp,
                isAnswered ? stamp : WriteStamp.NEWEST,
                now,
                isAnswered ? now + 5 : WriteEvent.NEVER));
        return this;
    }

    /** Reads documents on a device at one moment: alternating names and fields, {@code null} for what is not there. */
    Story read(int device, Object... documentsAndFields) {
        line();
        history.add(new ReadEvent(device, now, now + 5, true, true, documents(documentsAndFields)));
        return this;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Map<String, Object>> documents(Object... documentsAndFields) {
        Map<String, Map<String, Object>> documents = new LinkedHashMap<>();
        for (int i = 0; i < documentsAndFields.length; i += 2) {
            documents.put((String) documentsAndFields[i], (Map<String, Object>) documentsAndFields[i + 1]);
        }
        return documents;
    }

    /** Cuts the first device off the second for the lines that {@code apart} tells. */
    Story apart(Runnable apart) {
        long from = now + 1;
        apart.run();
        history.addSeparation(Set.of(0), from, now + 9);
        return this;
    }

    Story rest() {
        line();
        history.addRest(now, now + 5);
        return this;
    }

    /** Says what both devices show in the end. */
    Story shows(String document, Object... fields) {
        shown.put(document, fields(fields));
        return this;
    }

    /** Says what the second device shows where it is not what the first one does. */
    Story secondShows(String document, Object... fields) {
        isSecondOther = true;
        shownOnSecond.put(document, fields(fields));
        return this;
    }

    Story journals(String document, String field, Object value) {
        journal.add(new Lost(document, "/" + field, false, value));
        return this;
    }

    Report report() {
        Map<String, Map<String, Object>> second = new HashMap<>(shown);
        second.putAll(shownOnSecond);
        return HistoryChecker.check(
                history,
                List.of(
                        new DeviceState(0, shown, journal, true),
                        new DeviceState(1, isSecondOther ? second : shown, List.of(), true)));
    }
}
