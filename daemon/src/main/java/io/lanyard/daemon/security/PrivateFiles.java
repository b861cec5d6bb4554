package io.lanyard.daemon.security;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that only their owner may read: mode 0600 in a directory of mode 0700, or an owner-only access list where the
 * file system has no modes (Windows).
 *
 * <p>A file is replaced as a whole: {@link #write} returns once the new content and its name are durable, and a crash
 * at any moment leaves either the old file or the new one.
 */
public final class PrivateFiles {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateFiles.class);

    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    private PrivateFiles() {}

    /**
     * Makes {@code home} if it is absent and closes it to everybody but its owner.
     *
     * <p>A directory that others may only look into is tightened to 0700. One that everybody may write to is refused:
     * it is not ours (such as {@code /tmp}), and closing it would break what uses it.
     *
     * @throws IdentityException if it is no directory, cannot be made or read, or everybody may write to it
     */
    public static void prepareHome(Path home) throws IdentityException {
        try {
            if (Files.exists(home)) {
                closeToOthers(home);
            } else {
                makeDirectory(home);
            }
            if (!Files.isReadable(home) || !Files.isWritable(home)) {
                throw new AccessDeniedException(home.toString());
            }
        } catch (AccessDeniedException e) {
            throw isOnReadOnlyDisk(home)
                    ? new IdentityException(
                            "The home directory " + home + " is on a disk that may only be read now.",
                            "Look into the system's log, have the disk checked, and mount it for writing again.",
                            e)
                    : new IdentityException(
                            "The home directory " + home + " cannot be read and written by this user.",
                            "Run lanyard as the user who owns it, or choose another directory with --home.",
                            e);
        } catch (IOException e) {
            throw new IdentityException(
                    "The home directory " + home + " cannot be used: " + reason(e) + ".",
                    "Choose another directory with --home.",
                    e);
        }
    }

    private static boolean isOnReadOnlyDisk(Path home) {
        try {
            return Files.getFileStore(home).isReadOnly();
        } catch (IOException e) {
            LOG.debug("the disk of {} cannot be asked", home, e);
            return false;
        }
    }

    /**
     * Reads a file after checking that nobody but its owner may read it.
     *
     * @param maxBytes the largest size that makes sense for this file; a larger one is refused unread
     * @return the whole content, or empty if there is no such file
     * @throws IdentityException if others may read it, it is too large, or it cannot be read
     */
    public static Optional<byte[]> read(Path file, int maxBytes) throws IdentityException {
        try {
            refuseIfOpenToOthers(file);
            try (InputStream in = Files.newInputStream(file)) {
                byte[] content = in.readNBytes(maxBytes + 1);
                if (content.length > maxBytes) {
                    throw new IdentityException(
                            "The file " + file + " is larger than " + maxBytes + " bytes, so it is not one of ours.",
                            "Move it away, or restore the right file in its place.",
                            null);
                }
                return Optional.of(content);
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IdentityException(
                    "The file " + file + " cannot be read: " + reason(e) + ".",
                    "Make it readable for the user who runs lanyard, and for nobody else: chmod 600 " + file + ".",
                    e);
        }
    }

    /**
     * Replaces {@code file} by {@code content}, readable by its owner only. Durable on return.
     *
     * @throws IdentityException if it cannot be written; the old file is then untouched
     */
    public static void write(Path file, byte[] content) throws IdentityException {
        Path directory = file.toAbsolutePath().getParent();
        Path temporary = null;
        try {
            temporary = Files.createTempFile(directory, "." + file.getFileName(), ".new", ownerOnly(directory));
            restrictAccessList(temporary);
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(directory);
        } catch (IOException e) {
            IdentityException failure = new IdentityException(
                    "The file " + file + " cannot be written: " + reason(e) + ".",
                    "Check the permissions of " + directory + " and the free space on its disk.",
                    e);
            removeAfter(failure, temporary);
            throw failure;
        }
    }

    private static void removeAfter(IdentityException failure, Path temporary) {
        if (temporary == null) {
            return;
        }
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static void makeDirectory(Path home) throws IOException {
        Path absolute = home.toAbsolutePath();
        if (absolute.getParent() != null) {
            Files.createDirectories(absolute.getParent());
        }
        if (hasModes(absolute.getParent())) {
            Files.createDirectory(absolute, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
        } else {
            Files.createDirectory(absolute);
            restrictAccessList(absolute);
        }
        if (absolute.getParent() != null) {
            forceDirectory(absolute.getParent());
        }
    }

    private static void closeToOthers(Path home) throws IOException, IdentityException {
        if (!Files.isDirectory(home)) {
            throw new NotDirectoryException(home.toString());
        }
        if (!hasModes(home)) {
            return;
        }
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(home);
        if (mode.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IdentityException(
                    "Everybody on this machine may write to the home directory " + home + ".",
                    "Close it with chmod 700 " + home + ", or choose another directory with --home.",
                    null);
        }
        if (mode.stream().anyMatch(OF_OTHERS::contains)) {
            Files.setPosixFilePermissions(home, OWNER_DIRECTORY);
        }
    }

    private static void refuseIfOpenToOthers(Path file) throws IOException, IdentityException {
        if (hasModes(file)) {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (mode.stream().anyMatch(OF_OTHERS::contains)) {
                throw new IdentityException(
                        "The file " + file + " may be read or written by others (mode "
                                + PosixFilePermissions.toString(mode) + ").",
                        "Close it with chmod 600 " + file + ".",
                        null);
            }
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path directory) {
        return hasModes(directory)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_FILE)}
                : new FileAttribute<?>[0];
    }

    private static boolean hasModes(Path path) {
        return path != null && Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    }

    private static void restrictAccessList(Path path) throws IOException {
        AclFileAttributeView view = Files.getFileAttributeView(path, AclFileAttributeView.class);
        if (view == null || hasModes(path)) {
            return;
        }
        view.setAcl(List.of(AclEntry.newBuilder()
                .setType(AclEntryType.ALLOW)
                .setPrincipal(view.getOwner())
                .setPermissions(EnumSet.allOf(AclEntryPermission.class))
                .build()));
    }

    /** A rename is durable only once its directory is; systems that cannot open a directory order it by themselves. */
    private static void forceDirectory(Path directory) throws IOException {
        if (hasModes(directory)) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NotDirectoryException) {
            return "it is not a directory";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
