package io.lanyard.crdt;

import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Fields that were added to a form after its first version: bytes by tag. A reader passes over the tags that it does not
 * know, and keeps them where the form says so.
 *
 * <p>Two sets merge by the greater bytes of each tag, compared as unsigned from the first byte on, the longer one being
 * greater if one begins the other. This is commutative, associative and idempotent, and can be done without knowing what
 * a tag means. Immutable.
 */
public final class Extensions {

    /** No fields at all. */
    public static final Extensions NONE = new Extensions(Collections.emptySortedMap());

    /** The highest tag: tags are 1 to this, which is one byte. */
    public static final int MAX_TAG = 127;

    private static final int LEAST_FIELD_BYTES = 2;

    private final SortedMap<Integer, byte[]> fields;

    private Extensions(SortedMap<Integer, byte[]> fields) {
        this.fields = fields;
    }

    /** Returns these fields and one more, which takes the place of what has its tag. */
    public Extensions with(int tag, byte[] content) {
        if (tag < 1 || tag > MAX_TAG) {
            throw new IllegalArgumentException("tag " + tag + " is not from 1 to " + MAX_TAG);
        }
        TreeMap<Integer, byte[]> more = new TreeMap<>(fields);
        more.put(tag, content.clone());
        return new Extensions(more);
    }

    /** Returns these fields and one more, whose content {@code writing} appends. */
    public Extensions with(int tag, Consumer<Encoder> writing) {
        Encoder content = new Encoder(32);
        writing.accept(content);
        return with(tag, content.toByteArray());
    }

    /** Returns the content of a field, if it is there. What a newer version adds to its end is the reader's to ignore. */
    public Optional<Decoder> field(int tag) {
        return Optional.ofNullable(fields.get(tag)).map(Decoder::new);
    }

    /** Returns true if there is no field. */
    public boolean isEmpty() {
        return fields.isEmpty();
    }

    /** Returns the fields of both, of each tag the greater one; this very object if that is what it has already. */
    public Extensions join(Extensions other) {
        TreeMap<Integer, byte[]> joined = null;
        for (Map.Entry<Integer, byte[]> theirs : other.fields.entrySet()) {
            byte[] ours = fields.get(theirs.getKey());
            if (ours == null || Arrays.compareUnsigned(theirs.getValue(), ours) > 0) {
                joined = joined == null ? new TreeMap<>(fields) : joined;
                joined.put(theirs.getKey(), theirs.getValue());
            }
        }
        return joined == null ? this : new Extensions(joined);
    }

    /** Appends the fields for a form that ends with them: of each its tag, its length and its content. */
    public void encodeRest(Encoder out) {
        fields.forEach((tag, content) -> {
            out.putVarint(tag);
            out.putBlock(content);
        });
    }

    /**
     * Reads fields up to the end.
     *
     * @throws CodecException if the bytes are not fields by ascending tag
     */
    public static Extensions decodeRest(Decoder in) {
        if (in.remaining() == 0) {
            return NONE;
        }
        TreeMap<Integer, byte[]> fields = new TreeMap<>();
        while (in.remaining() > 0) {
            take(in, fields);
        }
        return new Extensions(fields);
    }

    /** Appends the fields for a form after which something else may come: their number, and each as above. */
    void encodeCounted(Encoder out) {
        out.putVarint(fields.size());
        encodeRest(out);
    }

    /** Reads what {@link #encodeCounted} wrote, at least one field and none longer than {@code mostBytes}. */
    static Extensions decodeCounted(Decoder in, int mostBytes) {
        int count = in.takeCount(LEAST_FIELD_BYTES);
        TreeMap<Integer, byte[]> fields = new TreeMap<>();
        for (int left = count; left > 0; left--) {
            int length = take(in, fields);
            if (length > mostBytes) {
                throw new CodecException("an extension of " + length + " bytes is too long");
            }
        }
        if (fields.isEmpty()) {
            throw new CodecException("no extensions are to be left out");
        }
        return new Extensions(fields);
    }

    private static int take(Decoder in, TreeMap<Integer, byte[]> fields) {
        int tag = (int) in.takeVarint(fields.isEmpty() ? 1 : fields.lastKey() + 1L, MAX_TAG);
        byte[] content = in.takeBlock();
        fields.put(tag, content);
        return content.length;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Extensions extensions) || !fields.keySet().equals(extensions.fields.keySet())) {
            return false;
        }
        return fields.entrySet().stream()
                .allMatch(field -> Arrays.equals(field.getValue(), extensions.fields.get(field.getKey())));
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (Map.Entry<Integer, byte[]> field : fields.entrySet()) {
            hash = 31 * hash + 17 * field.getKey() + Arrays.hashCode(field.getValue());
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        fields.forEach((tag, content) -> text.append(text.length() == 1 ? "" : ", ")
                .append(tag)
                .append('=')
                .append(HexFormat.of().formatHex(content)));
        return text.append('}').toString();
    }
}
