package io.lanyard.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The small file that says which generation of files is the store's: magic 8, format 4, generation 8, CRC32C 4, twice,
 * 512 bytes apart. Behind that, while damaged files of other generations are to be moved aside, into which directory:
 * length 2, its name, CRC32C 4 of both.
 *
 * <p>A switch writes the first place, which decides, and after the old files are gone the second. So one place torn or
 * damaged leaves the other, and the higher of the two is meant. A store that was never compacted needs no such file.
 */
final class GenerationPointer {
    static final String NAME = "generation";

    private static final Logger LOG = LoggerFactory.getLogger(GenerationPointer.class);
    private static final long MAGIC = 0x4C414E5941524747L;
    private static final int FORMAT = 1;
    private static final int PLACE_BYTES = 512;
    private static final int CONTENT_BYTES = 24;
    private static final int CHECKED_BYTES = 20;

    private GenerationPointer() {}

    /**
     * Returns the files of the present generation, and removes what an interrupted compaction left of others.
     *
     * @throws DamagedFileException if it cannot be told which generation is the present one
     */
    static StoreFiles open(Disk disk) throws IOException {
        StoreFiles present = new StoreFiles(read(disk));
        if (disk.exists(NAME)) {
            // It may have been read from the system's cache only, after a switch that failed.
            String aside = aside(disk, present);
            switchTo(disk, present, aside);
            if (!aside.isEmpty()) {
                LOG.warn("Moving damaged files into {}, which was cut off.", disk.whereIs(aside));
                moveOthersAside(disk, present, aside);
            }
        }
        int removed = removeOthers(disk, present);
        if (removed > 0) {
            LOG.info("Removed {} files that a compaction of the store left behind.", removed);
        }
        if (present.generation() > 0) {
            settle(disk, present);
        }
        return present;
    }

    /** Which generation is the present one, as far as that can be told of files that are damaged. */
    static StoreFiles likely(Disk disk) throws IOException {
        try {
            return new StoreFiles(read(disk));
        } catch (DamagedFileException e) {
            LOG.warn("Taking the newest generation that seems complete: {}", e.getMessage());
        }
        StoreFiles newest = StoreFiles.FIRST;
        for (String name : disk.names()) {
            StoreFiles files = StoreFiles.of(name).orElse(StoreFiles.FIRST);
            boolean isComplete =
                    disk.exists(files.main()) && disk.exists(files.journal(0)) && disk.exists(files.journal(1));
            if (isComplete && files.generation() > newest.generation()) {
                newest = files;
            }
        }
        return newest;
    }

    /** A generation of which there are no files. */
    static StoreFiles unused(Disk disk) throws IOException {
        long highest = likely(disk).generation();
        for (String name : disk.names()) {
            highest = Math.max(
                    highest, StoreFiles.of(name).orElse(StoreFiles.FIRST).generation());
        }
        return new StoreFiles(highest + 1);
    }

    private static long read(Disk disk) throws IOException {
        long highest = -1;
        if (disk.exists(NAME)) {
            try (DiskFile file = disk.open(NAME)) {
                highest = Math.max(read(file, 0), read(file, PLACE_BYTES));
            }
        }
        return highest >= 0 ? highest : onlyGeneration(disk);
    }

    private static long read(DiskFile file, long position) throws IOException {
        if (file.length() < position + CONTENT_BYTES) {
            return -1;
        }
        ByteBuffer content = ByteBuffer.allocate(CONTENT_BYTES);
        file.read(position, content);
        content.flip();
        boolean isWhole = content.getLong() == MAGIC
                && content.getInt(CHECKED_BYTES) == checksum(content.array(), 0, CHECKED_BYTES);
        int format = content.getInt();
        if (isWhole && format != FORMAT) {
            throw new IOException(NAME + " has format " + format + "; this version of lanyard reads format " + FORMAT
                    + " only. Nothing was changed. Use the version that wrote it, or a newer one.");
        }
        return isWhole ? content.getLong() : -1;
    }

    /** The directory that the files of other generations are to be moved into, empty if they are of no use. */
    private static String aside(Disk disk, StoreFiles present) throws IOException {
        try (DiskFile file = disk.open(NAME)) {
            if (file.length() < PLACE_BYTES || read(file, 0) != present.generation()) {
                return "";
            }
            ByteBuffer place = ByteBuffer.allocate(PLACE_BYTES);
            file.read(0, place);
            int length = place.getShort(CONTENT_BYTES);
            int end = CONTENT_BYTES + Short.BYTES + length;
            boolean isWhole = length > 0
                    && end <= PLACE_BYTES - Integer.BYTES
                    && place.getInt(end) == checksum(place.array(), CONTENT_BYTES, end - CONTENT_BYTES);
            return isWhole ? new String(place.array(), end - length, length, StandardCharsets.US_ASCII) : "";
        }
    }

    /** Without a pointer there is one generation, the first: the pointer is written before it has a successor. */
    private static long onlyGeneration(Disk disk) throws IOException {
        TreeSet<Long> generations = new TreeSet<>();
        for (String name : disk.names()) {
            StoreFiles.of(name).ifPresent(files -> generations.add(files.generation()));
        }
        if (generations.size() > 1) {
            throw new DamagedFileException("the file that names the present generation is damaged");
        }
        return generations.isEmpty() ? 0 : generations.first();
    }

    /** Both places name the same generation afterwards. */
    static void settle(Disk disk, StoreFiles files) throws IOException {
        try (DiskFile file = disk.open(NAME)) {
            if (read(file, 0) != files.generation()) {
                write(file, 0, files, "");
            }
            if (read(file, PLACE_BYTES) != files.generation()) {
                write(file, PLACE_BYTES, files, "");
            }
        }
    }

    /** A generation of which there are no files: what could not be removed yet is not written over. */
    static StoreFiles next(Disk disk, StoreFiles present) throws IOException {
        long highest = present.generation();
        for (String name : disk.names()) {
            highest = Math.max(highest, StoreFiles.of(name).orElse(present).generation());
        }
        return new StoreFiles(highest + 1);
    }

    /** Makes sure that there is a pointer to switch, durably. */
    static void prepare(Disk disk, StoreFiles present) throws IOException {
        settle(disk, present);
        disk.forceNames();
    }

    /** Makes these files the store's; durable on return. {@link #prepare} came before. */
    static void switchTo(Disk disk, StoreFiles files) throws IOException {
        switchTo(disk, files, "");
    }

    /** The same, and the others are to be {@linkplain #moveOthersAside moved aside} into this directory. */
    static void switchTo(Disk disk, StoreFiles files, String aside) throws IOException {
        try (DiskFile file = disk.open(NAME)) {
            write(file, 0, files, aside);
        }
    }

    /** Moves the files of every generation but this one into a directory beside them, and notes that it is done. */
    static void moveOthersAside(Disk disk, StoreFiles present, String aside) throws IOException {
        List<String> others = disk.names().stream()
                .filter(name -> !StoreFiles.of(name).orElse(present).equals(present))
                .toList();
        disk.moveAside(aside, others);
        switchTo(disk, present);
    }

    private static void write(DiskFile file, long position, StoreFiles files, String aside) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(PLACE_BYTES);
        content.putLong(MAGIC).putInt(FORMAT).putLong(files.generation());
        content.putInt(checksum(content.array(), 0, CHECKED_BYTES));
        if (!aside.isEmpty()) {
            byte[] name = aside.getBytes(StandardCharsets.US_ASCII);
            content.putShort((short) name.length).put(name);
            content.putInt(checksum(content.array(), CONTENT_BYTES, Short.BYTES + name.length));
        }
        file.write(position, content.rewind());
        file.force();
    }

    private static int checksum(byte[] content, int from, int count) {
        CRC32C checksum = new CRC32C();
        checksum.update(content, from, count);
        return (int) checksum.getValue();
    }

    /** Removes the files of every generation but this one, as far as the system lets them go yet. */
    static int removeOthers(Disk disk, StoreFiles present) throws IOException {
        int removed = 0;
        for (String name : disk.names()) {
            StoreFiles files = StoreFiles.of(name).orElse(present);
            if (!files.equals(present)) {
                disk.delete(name);
                removed++;
            }
        }
        if (removed > 0) {
            disk.forceNames();
        }
        return removed;
    }
}
