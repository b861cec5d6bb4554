package io.lanyard.daemon.pairing;

import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.Admittance;
import io.lanyard.daemon.security.PairingProof;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What the two sides of a pairing say, within TLS. On the wire each is the length of the rest as four bytes, big-endian,
 * one byte that tells which it is, and its fields; a text is its length as two bytes and UTF-8.
 *
 * <p>A reader names what may come: anything else, and anything larger than that can be, ends the connection before memory
 * is taken for it.
 */
sealed interface Frame {
    /** The version of this conversation. */
    int VERSION = 1;

    /** The longest text of a frame, in bytes. */
    int MAX_TEXT = 300;

    /** The first of both sides; the joiner's comes first. */
    record Hello(int version, byte[] nonce) implements Frame {}

    /** Shows that one side knows the code; the joiner's comes first. */
    record Proof(byte[] bytes) implements Frame {}

    /** The inviter's last: it does not let the joiner in. */
    record Refusal(Reason reason) implements Frame {}

    /** The joiner tells its name and its present group. */
    record Introduction(String name, String group) implements Frame {}

    /** The inviter admits, and tells its name and group and where its cluster listens. */
    record Welcome(String name, String group, String address, byte[] admittance) implements Frame {}

    /** The joiner's last: it is a member now. */
    record Done() implements Frame {}

    /** The kinds by their numbers. */
    enum Kind {
        HELLO(1, 1 + PairingProof.NONCE_BYTES),
        PROOF(2, PairingProof.BYTES),
        REFUSAL(3, 1),
        INTRODUCTION(4, 2 * (2 + MAX_TEXT)),
        WELCOME(5, 3 * (2 + MAX_TEXT) + Admittance.MAX_BYTES),
        DONE(6, 0);

        private final int number;
        private final int maxBytes;

        Kind(int number, int maxBytes) {
            this.number = number;
            this.maxBytes = maxBytes;
        }
    }

    /** Writes the frame, and flushes. */
    static void write(OutputStream out, Frame frame) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(body);
        Kind kind;
        if (frame instanceof Hello hello) {
            kind = Kind.HELLO;
            fields.writeByte(hello.version());
            fields.write(hello.nonce());
        } else if (frame instanceof Proof proof) {
            kind = Kind.PROOF;
            fields.write(proof.bytes());
        } else if (frame instanceof Refusal refusal) {
            kind = Kind.REFUSAL;
            fields.writeByte(refusal.reason().number());
        } else if (frame instanceof Introduction introduction) {
            kind = Kind.INTRODUCTION;
            writeText(fields, introduction.name());
            writeText(fields, introduction.group());
        } else if (frame instanceof Welcome welcome) {
            kind = Kind.WELCOME;
            writeText(fields, welcome.name());
            writeText(fields, welcome.group());
            writeText(fields, welcome.address());
            fields.write(welcome.admittance());
        } else {
            kind = Kind.DONE;
        }
        ByteBuffer whole = ByteBuffer.allocate(5 + body.size());
        whole.putInt(1 + body.size()).put((byte) kind.number).put(body.toByteArray());
        out.write(whole.array());
        out.flush();
    }

    /**
     * Reads the next frame.
     *
     * @throws IOException if the connection ended, or what came is none of {@code expected}
     */
    static Frame read(InputStream in, Set<Kind> expected) throws IOException {
        DataInputStream head = new DataInputStream(in);
        int length = head.readInt() - 1;
        int number = head.readUnsignedByte();
        Kind kind = expected.stream()
                .filter(one -> one.number == number && length >= 0 && length <= one.maxBytes)
                .findFirst()
                .orElseThrow(() -> new IOException("not what comes next in a pairing"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the connection ended within a frame");
        }
        try {
            return decode(kind, ByteBuffer.wrap(body));
        } catch (BufferUnderflowException e) {
            throw new IOException("a frame is too short", e);
        }
    }

    private static Frame decode(Kind kind, ByteBuffer fields) throws IOException {
        Frame frame = switch (kind) {
            case HELLO -> new Hello(Byte.toUnsignedInt(fields.get()), bytes(fields, PairingProof.NONCE_BYTES));
            case PROOF -> new Proof(bytes(fields, PairingProof.BYTES));
            case REFUSAL -> new Refusal(Reason.of(fields.get()));
            case INTRODUCTION -> new Introduction(text(fields), text(fields));
            case WELCOME -> new Welcome(text(fields), text(fields), text(fields), bytes(fields, fields.remaining()));
            case DONE -> new Done();
        };
        if (fields.hasRemaining()) {
            throw new IOException("a frame is too long");
        }
        return frame;
    }

    private static byte[] bytes(ByteBuffer fields, int length) {
        byte[] bytes = new byte[length];
        fields.get(bytes);
        return bytes;
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT) {
            throw new IOException("a text of " + bytes.length + " bytes does not go into a frame");
        }
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    private static String text(ByteBuffer fields) throws CharacterCodingException {
        int length = Short.toUnsignedInt(fields.getShort());
        ByteBuffer bytes = fields.slice(fields.position(), Math.min(length, fields.remaining()));
        if (length > MAX_TEXT || bytes.remaining() < length) {
            throw new CharacterCodingException();
        }
        fields.position(fields.position() + length);
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(bytes)
                .toString();
    }
}
