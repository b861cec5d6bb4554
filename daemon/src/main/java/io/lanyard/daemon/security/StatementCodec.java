package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Founding;
import io.lanyard.daemon.security.Statement.Later;
import io.lanyard.daemon.security.Statement.Revocation;
import io.lanyard.daemon.security.Statement.Rotation;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The bytes that are signed. One statement has exactly one form: whatever is not letter for letter what
 * {@link #encode} writes is refused, so that the hash of the bytes is the statement's id. All numbers are big-endian;
 * a text is one byte of length and UTF-8.
 *
 * <pre>
 * founding    1, 1, key 64, nonce 16, device name, group name
 * admission   1, 2, group 16, issuer 16, previous 32, key 64, role 1 (0 member, 1 admin), device name
 * revocation  1, 3, group 16, issuer 16, previous 32, device 16, count 1, count heads of 32
 * rotation    1, 4, group 16, issuer 16, previous 32, epoch 4, hash 32
 * </pre>
 */
final class StatementCodec {
    static final int VERSION = 1;
    static final int MAX_TEXT_BYTES = 192;
    static final int MAX_EPOCH = 1_000_000;
    private static final int FOUNDING = 1;
    private static final int ADMISSION = 2;
    private static final int REVOCATION = 3;
    private static final int ROTATION = 4;
    private static final int ID_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final HexFormat HEX = HexFormat.of();

    private StatementCodec() {}

    static byte[] encode(Statement statement) {
        ByteBuffer out = ByteBuffer.allocate(SignedStatement.MAX_BYTES);
        out.put((byte) VERSION);
        if (statement instanceof Founding founding) {
            out.put((byte) FOUNDING).put(EllipticKeys.encode(founding.founder()));
            out.put(HEX.parseHex(founding.nonce()));
            putText(out, founding.deviceName());
            putText(out, founding.groupName());
        } else if (statement instanceof Admission admission) {
            putHead(out, ADMISSION, admission);
            out.put(EllipticKeys.encode(admission.device()));
            out.put((byte) admission.role().ordinal());
            putText(out, admission.deviceName());
        } else if (statement instanceof Revocation revocation) {
            putHead(out, REVOCATION, revocation);
            out.put(HEX.parseHex(revocation.device()));
            out.put((byte) revocation.heads().size());
            revocation.heads().forEach(head -> out.put(HEX.parseHex(head)));
        } else if (statement instanceof Rotation rotation) {
            putHead(out, ROTATION, rotation);
            out.putInt(rotation.epoch()).put(HEX.parseHex(rotation.secretHash()));
        }
        byte[] body = new byte[out.position()];
        out.flip().get(body);
        return body;
    }

    static Statement decode(byte[] body) throws MalformedStatementException {
        ByteBuffer in = ByteBuffer.wrap(body);
        try {
            int version = in.get();
            if (version != VERSION) {
                throw new MalformedStatementException("it is of version " + version);
            }
            int kind = in.get();
            Statement statement = kind == FOUNDING ? founding(in) : later(kind, in);
            if (in.hasRemaining()) {
                throw new MalformedStatementException("it goes on after its end");
            }
            return statement;
        } catch (BufferUnderflowException e) {
            throw new MalformedStatementException("it is cut short", e);
        }
    }

    private static Founding founding(ByteBuffer in) throws MalformedStatementException {
        PublicKey founder = key(in);
        String nonce = hex(in, ID_BYTES);
        return new Founding(founder, text(in), text(in), nonce);
    }

    private static Later later(int kind, ByteBuffer in) throws MalformedStatementException {
        String group = hex(in, ID_BYTES);
        String issuer = hex(in, ID_BYTES);
        String previous = hex(in, HASH_BYTES);
        return switch (kind) {
            case ADMISSION -> {
                PublicKey device = key(in);
                int role = in.get();
                if (role < 0 || role >= Role.values().length) {
                    throw new MalformedStatementException("there is no role " + role);
                }
                yield new Admission(group, issuer, previous, device, Role.values()[role], text(in));
            }
            case REVOCATION -> {
                String device = hex(in, ID_BYTES);
                int count = in.get();
                if (count < 0 || count > Statement.MAX_HEADS) {
                    throw new MalformedStatementException("it names too many heads");
                }
                yield new Revocation(group, issuer, previous, device, heads(in, count));
            }
            case ROTATION -> {
                int epoch = in.getInt();
                if (epoch < 1 || epoch > MAX_EPOCH) {
                    throw new MalformedStatementException("there is no epoch " + epoch);
                }
                yield new Rotation(group, issuer, previous, epoch, hex(in, HASH_BYTES));
            }
            default -> throw new MalformedStatementException("there is no kind " + kind);
        };
    }

    private static List<String> heads(ByteBuffer in, int count) throws MalformedStatementException {
        List<String> heads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String head = hex(in, HASH_BYTES);
            if (i > 0 && heads.get(i - 1).compareTo(head) >= 0) {
                throw new MalformedStatementException("its heads are not in order");
            }
            heads.add(head);
        }
        return heads;
    }

    private static void putHead(ByteBuffer out, int kind, Later later) {
        out.put((byte) kind).put(HEX.parseHex(later.group())).put(HEX.parseHex(later.issuer()));
        out.put(HEX.parseHex(later.previous()));
    }

    static void putText(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException("a name of " + bytes.length + " bytes");
        }
        out.put((byte) bytes.length).put(bytes);
    }

    static String text(ByteBuffer in) throws MalformedStatementException {
        int length = Byte.toUnsignedInt(in.get());
        if (length > MAX_TEXT_BYTES) {
            throw new MalformedStatementException("a name of it is too long");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedStatementException("a name of it is no text", e);
        }
    }

    /** Returns as much of a name as a statement has room for, without what would disturb a terminal. */
    static String fit(String name) {
        StringBuilder fitting = new StringBuilder();
        int bytes = 0;
        for (int point : name.codePoints().toArray()) {
            int next = Character.isISOControl(point) || isSurrogate(point) ? '?' : point;
            bytes += Character.toString(next).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_TEXT_BYTES) {
                break;
            }
            fitting.appendCodePoint(next);
        }
        return fitting.isEmpty() ? "unnamed" : fitting.toString();
    }

    private static boolean isSurrogate(int point) {
        return Character.getType(point) == Character.SURROGATE;
    }

    private static PublicKey key(ByteBuffer in) throws MalformedStatementException {
        byte[] point = new byte[EllipticKeys.POINT_BYTES];
        in.get(point);
        return EllipticKeys.decode(point);
    }

    private static String hex(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return HEX.formatHex(bytes);
    }
}
