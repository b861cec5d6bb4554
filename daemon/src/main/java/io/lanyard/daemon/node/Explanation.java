package io.lanyard.daemon.node;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.node.FeedChange.Origin;
import io.lanyard.daemon.node.PastChange.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Why a document shows what it shows.
 *
 * @param id the document
 * @param isVisible whether it is there for readers
 * @param created the newest create or edit, {@code null} if nothing is left of one
 * @param deleted the newest delete, {@code null} if there was none or nothing is left of it
 * @param floor the delete that a later create replaced knowingly: older fields are hidden; {@code null} if none
 * @param fields every field of which something is held, by path
 * @param conflicts the open conflicts of the document as a whole
 */
public record Explanation(
        DocumentId id,
        boolean isVisible,
        Mark created,
        Mark deleted,
        Mark floor,
        List<Field> fields,
        List<Long> conflicts) {

    /**
     * A moment in a document's life.
     *
     * @param stamp which moment, in the order of all
     * @param origin who made it; its parts are empty where they are not known
     */
    public record Mark(Stamp stamp, Origin origin) {

        /** Returns the time that the writing device stamped it with, milliseconds since 1970. */
        public long atMillis() {
            return Timestamp.millis(stamp.time());
        }
    }

    /**
     * A field.
     *
     * @param path where it is
     * @param value its value as JSON text, {@code null} if it was removed
     * @param isShown whether readers see it
     * @param mark who wrote it and when
     * @param replaced what stood there before, if this device knows
     * @param conflicts the open conflicts about it
     */
    public record Field(
            FieldPath path,
            String value,
            boolean isShown,
            Mark mark,
            Optional<Values> replaced,
            List<Long> conflicts) {}

    /** Puts an explanation together; {@code history} has the newest change first. */
    static Explanation of(
            DocumentId id,
            Document document,
            List<PastChange> history,
            List<JournaledConflict> open,
            Function<Dot, Origin> origins) {
        Map<FieldPath, Register> shown = document.shown();
        TreeMap<FieldPath, Register> all = new TreeMap<>(shown);
        document.fields().forEach((path, register) -> {
            if (!path.isInternal()) {
                all.putIfAbsent(path, register);
            }
        });
        List<Field> fields = new ArrayList<>();
        all.forEach((path, register) -> {
            boolean isShown = shown.containsKey(path);
            Optional<PastChange> last = history.stream()
                    .filter(change -> change.fields().containsKey(path) && change.isWhole())
                    .findFirst();
            Origin known = origins.apply(register.dot());
            Optional<PastChange> made = last.filter(change -> !known.deviceId().isEmpty()
                    && change.deviceId().equals(known.deviceId())
                    && Objects.equals(change.fields().get(path).after(), isShown ? register.value() : null));
            String client = made.map(PastChange::client).orElse("");
            fields.add(new Field(
                    path,
                    register.value(),
                    isShown,
                    new Mark(
                            register.stamp(),
                            new Origin(known.deviceId(), known.deviceName(), client, known.isThisDevice())),
                    last.map(change -> change.fields().get(path)),
                    conflicts(open, path)));
        });
        return new Explanation(
                id,
                document.isVisible(),
                mark(document.alive(), origins),
                mark(document.died(), origins),
                mark(document.floor(), origins),
                fields,
                conflicts(open, null));
    }

    private static Mark mark(LifeRegister life, Function<Dot, Origin> origins) {
        return life == null ? null : new Mark(life.stamp(), origins.apply(life.dot()));
    }

    private static List<Long> conflicts(List<JournaledConflict> open, FieldPath path) {
        return open.stream()
                .filter(conflict -> Objects.equals(conflict.conflict().path(), path))
                .map(JournaledConflict::number)
                .toList();
    }
}
