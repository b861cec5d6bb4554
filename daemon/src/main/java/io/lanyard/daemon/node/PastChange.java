package io.lanyard.daemon.node;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.FieldPath;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A change of a document that this device saw, with what was there before.
 *
 * @param atMillis when it was committed on this device, by its clock, milliseconds since 1970
 * @param number where the document stood in the arrival index then; later changes have greater ones
 * @param kind what became of the document
 * @param deviceId who made it, empty if not known
 * @param client the name that the writing program gave itself, empty if none or not known
 * @param clientTimestamp when it happened, as that program says; empty if it says nothing or that is not known
 * @param fields what changed, by path
 * @param undoes the number of the change that this one took back, 0 if none
 * @param isWhole whether all values are here; if not, they were too large to be kept
 */
public record PastChange(
        long atMillis,
        long number,
        Kind kind,
        String deviceId,
        String client,
        String clientTimestamp,
        SortedMap<FieldPath, Values> fields,
        long undoes,
        boolean isWhole) {

    private static final int IS_WHOLE = 1;
    private static final int HAS_BEFORE = 1;
    private static final int HAS_AFTER = 2;
    private static final int TIMESTAMP = 1;

    /** What became of the document. */
    public enum Kind {
        CREATED,
        UPDATED,
        DELETED
    }

    /** A field's value as JSON text before and after, {@code null} where it had none. */
    public record Values(String before, String after) {}

    /** Makes the fields unmodifiable. */
    public PastChange {
        fields = Collections.unmodifiableSortedMap(fields);
    }

    /** Returns what differs between two pictures of a document. */
    static SortedMap<FieldPath, Values> difference(
            SortedMap<FieldPath, String> before, SortedMap<FieldPath, String> after) {
        SortedMap<FieldPath, Values> fields = new TreeMap<>();
        before.forEach((path, value) -> {
            if (!value.equals(after.get(path))) {
                fields.put(path, new Values(value, after.get(path)));
            }
        });
        after.forEach((path, value) -> {
            if (!before.containsKey(path)) {
                fields.put(path, new Values(null, value));
            }
        });
        return fields;
    }

    /** Returns whether this change took back exactly what {@code earlier} did. */
    boolean reverses(PastChange earlier) {
        boolean isOpposite = switch (kind) {
            case CREATED -> earlier.kind == Kind.DELETED;
            case UPDATED -> earlier.kind == Kind.UPDATED;
            case DELETED -> earlier.kind == Kind.CREATED;
        };
        return isOpposite
                && isWhole
                && earlier.isWhole
                && fields.keySet().equals(earlier.fields.keySet())
                && fields.entrySet().stream().allMatch(field -> {
                    Values other = earlier.fields.get(field.getKey());
                    return Objects.equals(field.getValue().before(), other.after())
                            && Objects.equals(field.getValue().after(), other.before());
                });
    }

    /** Returns this as what took {@code earlier} back. */
    PastChange undoing(PastChange earlier) {
        return new PastChange(
                atMillis, number, kind, deviceId, client, clientTimestamp, fields, earlier.number, isWhole);
    }

    /** Returns this without values. */
    PastChange withoutValues() {
        SortedMap<FieldPath, Values> names = new TreeMap<>();
        fields.keySet().forEach(path -> names.put(path, new Values(null, null)));
        return new PastChange(atMillis, number, kind, deviceId, client, clientTimestamp, names, undoes, false);
    }

    /** Returns this without fields, of which there are too many. */
    PastChange withoutFields() {
        return new PastChange(
                atMillis, number, kind, deviceId, client, clientTimestamp, new TreeMap<>(), undoes, false);
    }

    byte[] encode() {
        Encoder out = new Encoder(64 + 48 * fields.size());
        out.putVarint(Math.max(0, atMillis));
        out.putVarint(number);
        out.putByte(kind.ordinal());
        out.putText(deviceId);
        out.putText(client);
        out.putByte(isWhole ? IS_WHOLE : 0);
        out.putVarint(undoes);
        out.putVarint(fields.size());
        for (Map.Entry<FieldPath, Values> field : fields.entrySet()) {
            out.putText(field.getKey().pointer());
            Values values = field.getValue();
            out.putByte((values.before() == null ? 0 : HAS_BEFORE) | (values.after() == null ? 0 : HAS_AFTER));
            if (values.before() != null) {
                out.putText(values.before());
            }
            if (values.after() != null) {
                out.putText(values.after());
            }
        }
        (clientTimestamp.isEmpty()
                        ? Extensions.NONE
                        : Extensions.NONE.with(TIMESTAMP, told -> told.putText(clientTimestamp)))
                .encodeRest(out);
        return out.toByteArray();
    }

    /**
     * Reads a change.
     *
     * @throws io.lanyard.crdt.CodecException if the bytes are not one
     */
    static PastChange decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        long atMillis = in.takeVarint(0, Long.MAX_VALUE);
        long number = in.takeVarint(1, Long.MAX_VALUE);
        int kind = in.takeByte();
        String deviceId = in.takeText();
        String client = in.takeText();
        boolean isWhole = (in.takeByte() & IS_WHOLE) != 0;
        long undoes = in.takeVarint(0, Long.MAX_VALUE);
        SortedMap<FieldPath, Values> fields = new TreeMap<>();
        for (int left = in.takeCount(2); left > 0; left--) {
            FieldPath path = new FieldPath(in.takeText());
            int flags = in.takeByte();
            String before = (flags & HAS_BEFORE) == 0 ? null : in.takeText();
            String after = (flags & HAS_AFTER) == 0 ? null : in.takeText();
            fields.put(path, new Values(before, after));
        }
        String timestamp = Extensions.decodeRest(in)
                .field(TIMESTAMP)
                .map(Decoder::takeText)
                .orElse("");
        Kind[] kinds = Kind.values();
        return new PastChange(
                atMillis,
                number,
                kinds[Math.min(kind, kinds.length - 1)],
                deviceId,
                client,
                timestamp,
                fields,
                undoes,
                isWhole);
    }
}
