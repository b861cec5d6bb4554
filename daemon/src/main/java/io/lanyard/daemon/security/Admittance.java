package io.lanyard.daemon.security;

import java.io.ByteArrayInputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What an admin gives to a device that it admits: its certificate, statements to begin its book with, and the group's
 * secrets. It holds a secret: it may travel only where nobody else listens, and is never logged.
 *
 * <p>Bytes: version 1, then certificate, statements and secrets, each behind its length (4 bytes, big-endian).
 */
public final class Admittance {
    /** The most bytes of one. */
    public static final int MAX_BYTES = 1 << 20;

    private static final byte VERSION = 1;
    private static final int MAX_STATEMENT_BYTES = 900 << 10;

    private final X509Certificate certificate;
    private final List<SignedStatement> statements;
    private final byte[] secrets;

    Admittance(X509Certificate certificate, List<SignedStatement> statements, byte[] secrets) {
        this.certificate = certificate;
        this.statements = List.copyOf(statements);
        this.secrets = secrets.clone();
    }

    /** Makes one from a book: first what the path needs, then the rest as far as there is room. */
    static Admittance from(MemberBook book, AdmissionPath path, X509Certificate certificate, GroupSecrets secrets) {
        Set<SignedStatement> order = new LinkedHashSet<>(path.statements());
        order.addAll(book.missingFor(Set.of()));
        List<SignedStatement> fitting = new ArrayList<>();
        int bytes = 0;
        for (SignedStatement next : order) {
            bytes += next.size();
            if (bytes > MAX_STATEMENT_BYTES) {
                break;
            }
            fitting.add(next);
        }
        return new Admittance(certificate, fitting, secrets.encode());
    }

    X509Certificate certificate() {
        return certificate;
    }

    List<SignedStatement> statements() {
        return statements;
    }

    GroupSecrets secrets(Path home) throws MalformedStatementException {
        return GroupSecrets.decode(home, secrets);
    }

    /**
     * Returns the book that it begins, which says the group's name and who is in it; every signature is checked.
     *
     * @throws MalformedStatementException if the statements are not a group's
     */
    public MemberBook book(Path home) throws MalformedStatementException {
        return MemberBook.of(home, statements);
    }

    /** Returns its bytes. */
    public byte[] encode() {
        try {
            byte[] first = certificate.getEncoded();
            byte[] second = SignedStatement.encodeAll(statements);
            return ByteBuffer.allocate(1 + 12 + first.length + second.length + secrets.length)
                    .put(VERSION)
                    .putInt(first.length)
                    .put(first)
                    .putInt(second.length)
                    .put(second)
                    .putInt(secrets.length)
                    .put(secrets)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot write a certificate", e);
        }
    }

    /**
     * Reads one. Nothing is believed yet: {@link GroupHome#adopt} checks all of it.
     *
     * @throws MalformedStatementException if the bytes are none
     */
    public static Admittance decode(byte[] bytes) throws MalformedStatementException {
        if (bytes.length > MAX_BYTES) {
            throw new MalformedStatementException("it is too long");
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.get() != VERSION) {
                throw new MalformedStatementException("it is of another version");
            }
            byte[] certificate = part(in);
            byte[] statements = part(in);
            byte[] secrets = part(in);
            if (in.hasRemaining()) {
                throw new MalformedStatementException("it goes on after its end");
            }
            return new Admittance(
                    (X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(certificate)),
                    SignedStatement.decodeAll(statements, MemberBook.MAX_STATEMENTS),
                    secrets);
        } catch (BufferUnderflowException | GeneralSecurityException e) {
            throw new MalformedStatementException("it is damaged", e);
        }
    }

    private static byte[] part(ByteBuffer in) throws MalformedStatementException {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new MalformedStatementException("it is cut short");
        }
        byte[] part = new byte[length];
        in.get(part);
        return part;
    }

    /** Never the secrets. */
    @Override
    public String toString() {
        return "Admittance[" + statements.size() + " statements]";
    }
}
