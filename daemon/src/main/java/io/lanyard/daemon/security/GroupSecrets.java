package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Rotation;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets of a group by epoch, in {@code HOME/group}: what members know and others do not, by which they find each
 * other. They admit nobody. Earlier ones are kept, so that members who were off during a rotation are still understood.
 *
 * <p>Any thread.
 *
 * <pre>
 * 0   6  "LNYG1\n"
 * 6  16  the group's id
 * 22  1  how many secrets, 1 to 16
 * 23     each: epoch (4, big-endian), secret (32); the newest first
 * n   8  the first bytes of SHA-256 over everything before
 * </pre>
 */
public final class GroupSecrets {
    /** The file's name within a home directory. */
    public static final String FILE_NAME = "group";

    /** How many a device keeps. */
    public static final int MAX_KEPT = 16;

    static final int BYTES = 32;
    private static final byte[] MAGIC = "LNYG1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int ID_BYTES = 16;
    private static final int SUM_BYTES = 8;
    static final int MAX_FILE_BYTES = MAGIC.length + ID_BYTES + 1 + MAX_KEPT * (4 + BYTES) + SUM_BYTES;

    private final Path file;
    private final String groupId;
    private List<Secret> secrets;

    /** A secret of one epoch. */
    record Secret(int epoch, byte[] bytes) {
        String hash() {
            return HexFormat.of().formatHex(EllipticKeys.sha256(bytes));
        }

        /** Never the secret. */
        @Override
        public String toString() {
            return "Secret[epoch=" + epoch + "]";
        }
    }

    private GroupSecrets(Path file, String groupId, List<Secret> secrets) {
        this.file = file;
        this.groupId = groupId;
        this.secrets = List.copyOf(secrets);
    }

    /** Makes the first secret of a group, without writing it. */
    static GroupSecrets found(Path home, String groupId) {
        return new GroupSecrets(home.resolve(FILE_NAME), groupId, List.of(random(0)));
    }

    static Secret random(int epoch) {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return new Secret(epoch, bytes);
    }

    /**
     * Reads the secrets of {@code home}.
     *
     * @return them, or empty if there is no file
     * @throws IdentityException if the file is open to others, unreadable, or damaged
     */
    static Optional<GroupSecrets> read(Path home) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<byte[]> content = PrivateFiles.read(file, MAX_FILE_BYTES);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(decode(home, content.get()));
        } catch (MalformedStatementException e) {
            throw new IdentityException(
                    "The file " + file + " does not hold the secrets of a group: " + e.getMessage() + ".",
                    "Restore it from a backup, or move it and " + home.resolve(MemberBook.FILE_NAME)
                            + " away and start again: the documents stay, and an admin's device has to invite this one"
                            + " again.",
                    e);
        }
    }

    static GroupSecrets decode(Path home, byte[] bytes) throws MalformedStatementException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int length = bytes.length - SUM_BYTES;
        if (length < MAGIC.length || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new MalformedStatementException("it is of no version that is known here");
        }
        byte[] sum = EllipticKeys.sha256(Arrays.copyOf(bytes, length));
        if (!Arrays.equals(sum, 0, SUM_BYTES, bytes, length, bytes.length)) {
            throw new MalformedStatementException("it is damaged");
        }
        try {
            in.position(MAGIC.length);
            byte[] id = new byte[ID_BYTES];
            in.get(id);
            int count = in.get();
            if (count < 1 || count > MAX_KEPT || in.remaining() != count * (4 + BYTES) + SUM_BYTES) {
                throw new MalformedStatementException("it is damaged");
            }
            List<Secret> secrets = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int epoch = in.getInt();
                byte[] secret = new byte[BYTES];
                in.get(secret);
                secrets.add(new Secret(epoch, secret));
            }
            return new GroupSecrets(home.resolve(FILE_NAME), HexFormat.of().formatHex(id), secrets);
        } catch (BufferUnderflowException e) {
            throw new MalformedStatementException("it is cut short", e);
        }
    }

    /** Returns the bytes of the file. */
    synchronized byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(MAGIC.length + ID_BYTES + 1 + secrets.size() * (4 + BYTES));
        out.put(MAGIC).put(HexFormat.of().parseHex(groupId)).put((byte) secrets.size());
        secrets.forEach(secret -> out.putInt(secret.epoch()).put(secret.bytes()));
        byte[] sum = EllipticKeys.sha256(out.array());
        return ByteBuffer.allocate(out.capacity() + SUM_BYTES)
                .put(out.array())
                .put(sum, 0, SUM_BYTES)
                .array();
    }

    String groupId() {
        return groupId;
    }

    /**
     * Keeps one more; durable on return.
     *
     * @throws IdentityException if the file cannot be written; then it is not kept
     */
    synchronized void keep(Secret secret) throws IdentityException {
        List<Secret> before = secrets;
        List<Secret> more = new ArrayList<>(secrets);
        more.removeIf(old -> old.epoch() == secret.epoch() && Arrays.equals(old.bytes(), secret.bytes()));
        more.add(secret);
        more.sort(Comparator.comparingInt(Secret::epoch)
                .thenComparing(Secret::hash)
                .reversed());
        secrets = List.copyOf(more.subList(0, Math.min(more.size(), MAX_KEPT)));
        try {
            PrivateFiles.write(file, encode());
        } catch (IdentityException e) {
            secrets = before;
            throw e;
        }
    }

    /** Returns the secret that a rotation spoke of. */
    synchronized Optional<Secret> find(Rotation rotation) {
        return secrets.stream()
                .filter(secret ->
                        secret.epoch() == rotation.epoch() && secret.hash().equals(rotation.secretHash()))
                .findFirst();
    }

    /** Returns all: first those of rotations that count, the newest first, then the rest. Never empty. */
    synchronized List<Secret> inOrder(List<Rotation> rotations) {
        List<Secret> order = new ArrayList<>();
        rotations.forEach(rotation -> find(rotation).ifPresent(order::add));
        secrets.stream().filter(secret -> secret.epoch() == 0).forEach(order::add);
        Set<Secret> listed = new HashSet<>(order);
        secrets.stream().filter(secret -> !listed.contains(secret)).forEach(order::add);
        return order;
    }

    static byte[] derive(Secret secret, String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.bytes(), "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no HmacSHA256", e);
        }
    }

    /** Never the secrets. */
    @Override
    public String toString() {
        return "GroupSecrets[" + groupId + "]";
    }
}
