package io.lanyard.daemon.security;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Replaces several files of a home in one step: all of them are written into {@code HOME/switch} first, and from there
 * into their places. A crash before that leaves the old ones; after it, {@link #finish} goes on at the next start.
 */
final class HomeSwitch {
    static final String FILE_NAME = "switch";
    private static final byte[] MAGIC = "LNYS1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_FILE_BYTES = 32 << 20;
    private static final int SUM_BYTES = 32;

    private HomeSwitch() {}

    /** Replaces these files, by their names within {@code home}. Durable on return. */
    static void replace(Path home, Map<String, byte[]> files) throws IdentityException {
        PrivateFiles.write(home.resolve(FILE_NAME), encode(files));
        finish(home);
    }

    /** Ends what a crash left half done; does nothing if there is nothing. */
    static void finish(Path home) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<byte[]> content = PrivateFiles.read(file, MAX_FILE_BYTES);
        if (content.isEmpty()) {
            return;
        }
        for (Map.Entry<String, byte[]> one : decode(file, content.get()).entrySet()) {
            PrivateFiles.write(home.resolve(one.getKey()), one.getValue());
        }
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new IdentityException(
                    "The file " + file + " cannot be deleted: " + e.getMessage() + ".",
                    "Check the permissions of " + home + ".",
                    e);
        }
    }

    private static byte[] encode(Map<String, byte[]> files) {
        int size = MAGIC.length
                + files.entrySet().stream()
                        .mapToInt(one -> 1 + one.getKey().length() + 4 + one.getValue().length)
                        .sum();
        ByteBuffer out = ByteBuffer.allocate(size).put(MAGIC);
        files.forEach((name, bytes) -> out.put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(bytes.length)
                .put(bytes));
        return ByteBuffer.allocate(size + SUM_BYTES)
                .put(out.array())
                .put(EllipticKeys.sha256(out.array()))
                .array();
    }

    private static Map<String, byte[]> decode(Path file, byte[] bytes) throws IdentityException {
        int length = bytes.length - SUM_BYTES;
        try {
            if (length < MAGIC.length
                    || !Arrays.equals(
                            EllipticKeys.sha256(Arrays.copyOf(bytes, length)),
                            Arrays.copyOfRange(bytes, length, bytes.length))) {
                throw damaged(file, null);
            }
            ByteBuffer in = ByteBuffer.wrap(bytes, MAGIC.length, length - MAGIC.length);
            Map<String, byte[]> files = new LinkedHashMap<>();
            while (in.hasRemaining()) {
                byte[] name = new byte[in.get()];
                in.get(name);
                byte[] content = new byte[in.getInt()];
                in.get(content);
                files.put(new String(name, StandardCharsets.US_ASCII), content);
            }
            return files;
        } catch (BufferUnderflowException e) {
            throw damaged(file, e);
        }
    }

    private static IdentityException damaged(Path file, Exception cause) {
        return new IdentityException(
                "The file " + file + ", which a change of group left half done, is damaged.",
                "Move it away; the next start goes on with what there was before, as far as it is whole.",
                cause);
    }
}
