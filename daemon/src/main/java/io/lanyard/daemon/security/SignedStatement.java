package io.lanyard.daemon.security;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/**
 * A statement with its signature. Immutable. Two are equal when they say the same: one sentence can have many good
 * signatures, and which of them is kept does not matter.
 *
 * <p>Bytes: length of the body (2), body, length of the signature (1), signature.
 */
public final class SignedStatement {
    /** The most bytes of one, its signature included. */
    public static final int MAX_BYTES = 1_024;

    private static final int GROUP_ID_DIGITS = 32;

    private final Statement statement;
    private final byte[] body;
    private final byte[] signature;
    private final String id;

    private SignedStatement(Statement statement, byte[] body, byte[] signature) {
        this.statement = statement;
        this.body = body;
        this.signature = signature;
        this.id = HexFormat.of().formatHex(EllipticKeys.sha256(body));
    }

    static SignedStatement sign(Statement statement, PrivateKey key) {
        byte[] body = StatementCodec.encode(statement);
        return new SignedStatement(statement, body, EllipticKeys.sign(key, body));
    }

    Statement statement() {
        return statement;
    }

    /** Returns its id: SHA-256 over what is signed, 64 hexadecimal digits. */
    public String id() {
        return id;
    }

    /** Returns the id of the group that it founds or is about. */
    String group() {
        return statement instanceof Statement.Later later ? later.group() : id.substring(0, GROUP_ID_DIGITS);
    }

    boolean isSignedBy(PublicKey key) {
        return EllipticKeys.isSigned(key, body, signature);
    }

    /** Returns how many bytes {@link #encode} writes. */
    public int size() {
        return 2 + body.length + 1 + signature.length;
    }

    /** Returns its bytes. */
    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(size());
        out.putShort((short) body.length).put(body).put((byte) signature.length).put(signature);
        return out.array();
    }

    /**
     * Reads one statement; its signature is not checked.
     *
     * @throws MalformedStatementException if there is none
     */
    static SignedStatement decode(ByteBuffer in) throws MalformedStatementException {
        try {
            int length = Short.toUnsignedInt(in.getShort());
            if (length > MAX_BYTES) {
                throw new MalformedStatementException("it is too long");
            }
            byte[] body = new byte[length];
            in.get(body);
            byte[] signature = new byte[Byte.toUnsignedInt(in.get())];
            in.get(signature);
            if (3 + length + signature.length > MAX_BYTES || signature.length > EllipticKeys.MAX_SIGNATURE_BYTES) {
                throw new MalformedStatementException("it is too long");
            }
            return new SignedStatement(StatementCodec.decode(body), body, signature);
        } catch (BufferUnderflowException e) {
            throw new MalformedStatementException("it is cut short", e);
        }
    }

    /** Returns the bytes of several, one behind the other. */
    public static byte[] encodeAll(Collection<SignedStatement> statements) {
        ByteBuffer out = ByteBuffer.allocate(
                statements.stream().mapToInt(SignedStatement::size).sum());
        statements.forEach(statement -> out.put(statement.encode()));
        return out.array();
    }

    /**
     * Reads several; no signature is checked.
     *
     * @param atMost the largest number that makes sense
     * @throws MalformedStatementException if the bytes are anything else
     */
    public static List<SignedStatement> decodeAll(byte[] bytes, int atMost) throws MalformedStatementException {
        List<SignedStatement> statements = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            if (statements.size() == atMost) {
                throw new MalformedStatementException("they are more than " + atMost);
            }
            statements.add(decode(in));
        }
        return statements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SignedStatement that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return statement + " (" + id.substring(0, 8) + ")";
    }
}
