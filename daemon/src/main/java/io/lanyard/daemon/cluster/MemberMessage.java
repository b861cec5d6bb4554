package io.lanyard.daemon.cluster;

import io.lanyard.daemon.security.MalformedStatementException;
import io.lanyard.daemon.security.MemberBook;
import io.lanyard.daemon.security.SignedStatement;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What members tell each other about membership. The first byte is 0, with which no message of the engine begins.
 *
 * <pre>
 * digest      0, 1, 1, hash of the book 32, count 1, hashes of the secrets that are held, 32 each,
 *             the version of the program in ASCII, to the end
 * ids         0, 1, 2, whether the other is to answer with its own 1, ids of statements, 32 each
 * statements  0, 1, 3, signed statements one behind the other
 * secrets     0, 1, 4, secrets, 32 each
 * </pre>
 */
sealed interface MemberMessage {
    int FIRST_BYTE = 0;
    int VERSION = 1;
    int MAX_SECRETS = 16;
    int HASH_BYTES = 32;
    Pattern VERSION_TEXT = Pattern.compile("[ -~]{0,64}");

    /** What the sender holds, in short. */
    record Digest(String book, List<String> secrets, String version) implements MemberMessage {}

    /** Which statements the sender holds. */
    record Ids(boolean wantsAnswer, List<String> ids) implements MemberMessage {}

    /** Statements that the other lacked. */
    record Statements(List<SignedStatement> statements) implements MemberMessage {}

    /** Secrets that the other lacked. */
    record Secrets(List<byte[]> secrets) implements MemberMessage {
        /** Never the secrets. */
        @Override
        public String toString() {
            return "Secrets[" + secrets.size() + "]";
        }
    }

    /** Returns whether these bytes are about membership, and so not for the engine. */
    static boolean isOne(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == FIRST_BYTE;
    }

    /** Returns the bytes. */
    default byte[] encode() {
        byte[] body;
        int kind;
        if (this instanceof Digest digest) {
            kind = 1;
            byte[] version = digest.version().getBytes(StandardCharsets.US_ASCII);
            ByteBuffer out =
                    ByteBuffer.allocate(HASH_BYTES + 1 + digest.secrets().size() * HASH_BYTES + version.length);
            out.put(HexFormat.of().parseHex(digest.book()))
                    .put((byte) digest.secrets().size());
            digest.secrets().forEach(hash -> out.put(HexFormat.of().parseHex(hash)));
            out.put(version);
            body = out.array();
        } else if (this instanceof Ids ids) {
            kind = 2;
            ByteBuffer out = ByteBuffer.allocate(1 + ids.ids().size() * HASH_BYTES);
            out.put((byte) (ids.wantsAnswer() ? 1 : 0));
            ids.ids().forEach(id -> out.put(HexFormat.of().parseHex(id)));
            body = out.array();
        } else if (this instanceof Statements statements) {
            kind = 3;
            body = SignedStatement.encodeAll(statements.statements());
        } else {
            kind = 4;
            List<byte[]> secrets = ((Secrets) this).secrets();
            ByteBuffer out = ByteBuffer.allocate(secrets.size() * HASH_BYTES);
            secrets.forEach(out::put);
            body = out.array();
        }
        return ByteBuffer.allocate(3 + body.length)
                .put((byte) FIRST_BYTE)
                .put((byte) VERSION)
                .put((byte) kind)
                .put(body)
                .array();
    }

    /**
     * Reads one; no signature is checked.
     *
     * @throws MalformedStatementException if it is none that is known here
     */
    static MemberMessage decode(byte[] bytes) throws MalformedStatementException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.get() != FIRST_BYTE || in.get() != VERSION) {
                throw new MalformedStatementException("it is of another version");
            }
            int kind = in.get();
            return switch (kind) {
                case 1 -> digest(in);
                case 2 -> new Ids(in.get() == 1, hashes(in, MemberBook.MAX_STATEMENTS));
                case 3 -> {
                    byte[] rest = new byte[in.remaining()];
                    in.get(rest);
                    yield new Statements(SignedStatement.decodeAll(rest, MemberBook.MAX_STATEMENTS));
                }
                case 4 ->
                    new Secrets(hashes(in, MAX_SECRETS).stream()
                            .map(HexFormat.of()::parseHex)
                            .toList());
                default -> throw new MalformedStatementException("there is no kind " + kind);
            };
        } catch (BufferUnderflowException e) {
            throw new MalformedStatementException("it is cut short", e);
        }
    }

    private static Digest digest(ByteBuffer in) throws MalformedStatementException {
        byte[] book = new byte[HASH_BYTES];
        in.get(book);
        int count = in.get();
        if (count < 0 || count > MAX_SECRETS || in.remaining() < count * HASH_BYTES) {
            throw new MalformedStatementException("it holds a wrong number of secrets' hashes");
        }
        List<String> secrets = hashes(in.slice().limit(count * HASH_BYTES), MAX_SECRETS);
        in.position(in.position() + count * HASH_BYTES);
        byte[] version = new byte[in.remaining()];
        in.get(version);
        String text = new String(version, StandardCharsets.US_ASCII);
        if (!VERSION_TEXT.matcher(text).matches()) {
            throw new MalformedStatementException("its version is no text");
        }
        return new Digest(HexFormat.of().formatHex(book), secrets, text);
    }

    private static List<String> hashes(ByteBuffer in, int atMost) throws MalformedStatementException {
        if (in.remaining() % HASH_BYTES != 0 || in.remaining() / HASH_BYTES > atMost) {
            throw new MalformedStatementException("it holds a wrong number of hashes");
        }
        List<String> hashes = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] hash = new byte[HASH_BYTES];
            in.get(hash);
            hashes.add(HexFormat.of().formatHex(hash));
        }
        return hashes;
    }
}
