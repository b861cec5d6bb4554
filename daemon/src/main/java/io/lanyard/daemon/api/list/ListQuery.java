package io.lanyard.daemon.api.list;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.api.list.ListOrder.Mark;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Which documents of a collection are wanted, in which order, and from where on.
 *
 * @param collection the collection
 * @param prefix what their ids have to begin with
 * @param filter which of them
 * @param order in which order
 * @param limit how many at most
 * @param after behind which place, that of the last document of the page before
 */
public record ListQuery(
        String collection, String prefix, Filter filter, ListOrder order, int limit, Optional<Mark> after) {

    private static final int FINGERPRINT_BYTES = 8;
    private static final int SUM_BYTES = 4;

    /**
     * Makes a query that goes on where a cursor says.
     *
     * @throws ProblemException {@code invalid_value} if the cursor is none, or of another query
     */
    public static ListQuery of(
            String collection, String prefix, Filter filter, ListOrder order, int limit, Optional<String> cursor) {
        ListQuery start = new ListQuery(collection, prefix, filter, order, limit, Optional.empty());
        return new ListQuery(collection, prefix, filter, order, limit, cursor.map(start::markIn));
    }

    /** Returns the text by which a caller goes on behind a place: it says what query it is of, and has a checksum. */
    String cursorBehind(Mark mark) {
        StringBuilder text = new StringBuilder();
        mark.keys().forEach(key -> text.append(key).append('\n'));
        byte[] place = text.append(mark.id()).toString().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(FINGERPRINT_BYTES + place.length + SUM_BYTES);
        bytes.put(fingerprint()).put(place);
        bytes.putInt(sum(bytes.array(), bytes.position()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    private Mark markIn(String cursor) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw noCursor(cursor);
        }
        int end = bytes.length - SUM_BYTES;
        if (end <= FINGERPRINT_BYTES || ByteBuffer.wrap(bytes).getInt(end) != sum(bytes, end)) {
            throw noCursor(cursor);
        }
        if (!Arrays.equals(fingerprint(), Arrays.copyOf(bytes, FINGERPRINT_BYTES))) {
            throw Code.INVALID_VALUE.exception(
                    "the cursor belongs to another list",
                    "keep collection, prefix, where and order as they were on the first page, or begin without a cursor");
        }
        String place = new String(bytes, FINGERPRINT_BYTES, end - FINGERPRINT_BYTES, StandardCharsets.US_ASCII);
        List<String> parts = new ArrayList<>(Arrays.asList(place.split("\n", -1)));
        String id = parts.remove(parts.size() - 1);
        if (parts.size() != order.terms().size() || !isId(id)) {
            throw noCursor(cursor);
        }
        return new Mark(parts, id);
    }

    private static boolean isId(String text) {
        try {
            new DocumentId("x", text);
            return true;
        } catch (DocumentId.IllegalNameException e) {
            return false;
        }
    }

    private byte[] fingerprint() {
        List<Object> query = List.of(collection, prefix, filter, order);
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(query.toString().getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(hash, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static int sum(byte[] bytes, int length) {
        CRC32 sum = new CRC32();
        sum.update(bytes, 0, length);
        return (int) sum.getValue();
    }

    private static ProblemException noCursor(String cursor) {
        return Code.INVALID_VALUE.exception(
                "'" + Texts.shortened(cursor) + "' is not a cursor", "use what the last page gave as 'next'");
    }
}
