package io.lanyard.daemon.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A disk in memory that forgets as real ones do. When the power goes, of every 512-byte sector written since the file
 * was last forced either the new content or the one before survives, at random; a file that grew may be short again; a
 * new name may be gone. A sector whose forcing failed is not written by a later force, only by writing it again, as on
 * Linux. Faults are armed by a count of operations that change something.
 */
final class SimulatedDisk implements Disk {
    private static final int SECTOR = 512;
    private static final int CHUNK = MainFile.SLICE_FILE_BYTES;

    /** What happens when the count is down. */
    enum Fault {
        POWER_LOSS,
        WRITE_ERROR
    }

    private final Random random;
    private final Map<String, SimulatedFile> files = new HashMap<>();
    private final Set<String> durableNames = new HashSet<>();

    /** Files whose deletion a power loss may undo. */
    private final Map<String, SimulatedFile> deleted = new HashMap<>();

    private long freeBytes = Long.MAX_VALUE;
    private Fault fault;
    private int operationsLeft = -1;
    private boolean dead;
    private boolean forcingDoesNothing;
    private final Set<String> asides = new HashSet<>();
    private final Set<String> movedAside = new HashSet<>();
    private int operations;

    SimulatedDisk(Random random) {
        this.random = random;
    }

    void arm(Fault next, int operations) {
        fault = next;
        operationsLeft = operations;
    }

    void disarm() {
        operationsLeft = -1;
    }

    boolean isDead() {
        return dead;
    }

    int asides() {
        return asides.size();
    }

    /** How many operations changed something. */
    int operations() {
        return operations;
    }

    /** The names of the files that were moved aside. */
    Set<String> movedAside() {
        return movedAside;
    }

    /** For a test of the tests: forcing succeeds and does nothing. */
    void makeForcingDoNothing() {
        forcingDoesNothing = true;
    }

    /** Returns another disk with what is on this one, all of it durable. */
    SimulatedDisk copy() {
        SimulatedDisk copy = new SimulatedDisk(new Random(1));
        files.forEach((name, file) -> copy.files.put(name, file.copyFor(copy)));
        copy.durableNames.addAll(files.keySet());
        return copy;
    }

    /** Flips one bit of a file, durably. */
    void flipBit(String name, long offset, int bit) {
        SimulatedFile file = files.get(name);
        file.chunks.get((int) (offset / CHUNK))[(int) (offset % CHUNK)] ^= (byte) (1 << bit);
    }

    /** From now on reading of a file what overlaps these bytes fails; what is mapped of them would still be seen. */
    void makeUnreadable(String name, long offset, int bytes) {
        SimulatedFile file = files.get(name);
        file.unreadableFrom = offset;
        file.unreadableTo = offset + bytes;
    }

    /** Where in a file these bytes are. */
    long find(String name, byte[] content) {
        SimulatedFile file = files.get(name);
        byte[] all = new byte[(int) file.length];
        for (int chunk = 0; (long) chunk * CHUNK < file.length; chunk++) {
            int start = chunk * CHUNK;
            System.arraycopy(file.chunks.get(chunk), 0, all, start, Math.min(CHUNK, all.length - start));
        }
        int at = new String(all, StandardCharsets.ISO_8859_1).indexOf(new String(content, StandardCharsets.ISO_8859_1));
        if (at < 0) {
            throw new IllegalArgumentException("not in " + name);
        }
        return at;
    }

    /** Cuts a file's end off, durably. */
    void shorten(String name, long length) {
        files.get(name).length = length;
    }

    /** What is left when the power comes back. */
    void restorePower() {
        dead = false;
        disarm();
        files.keySet().removeIf(name -> !durableNames.contains(name) && random.nextBoolean());
        deleted.forEach((name, file) -> {
            if (random.nextBoolean()) {
                files.putIfAbsent(name, file);
            }
        });
        deleted.clear();
        int survivalPercent = List.of(0, 50, 50, 90, 100).get(random.nextInt(5));
        files.values().forEach(file -> file.losePower(survivalPercent));
        durableNames.clear();
        durableNames.addAll(files.keySet());
    }

    private void count() throws IOException {
        if (dead) {
            throw new IOException("no power");
        }
        operations++;
        if (operationsLeft > 0) {
            operationsLeft--;
        }
    }

    private boolean faultIsDue() {
        return operationsLeft == 0;
    }

    private IOException strike() {
        if (fault == Fault.POWER_LOSS) {
            dead = true;
            return new IOException("no power");
        }
        disarm();
        return new IOException("No space left on device");
    }

    @Override
    public DiskFile open(String name) throws IOException {
        count();
        if (faultIsDue()) {
            throw strike();
        }
        return files.computeIfAbsent(name, absent -> new SimulatedFile());
    }

    @Override
    public boolean exists(String name) {
        return files.containsKey(name);
    }

    @Override
    public List<String> names() {
        return files.keySet().stream().sorted().toList();
    }

    @Override
    public void delete(String name) throws IOException {
        count();
        if (faultIsDue()) {
            throw strike();
        }
        SimulatedFile file = files.remove(name);
        if (file != null && durableNames.contains(name)) {
            deleted.put(name, file);
        }
    }

    @Override
    public long freeBytes() {
        return freeBytes;
    }

    void setFreeBytes(long bytes) {
        freeBytes = bytes;
    }

    @Override
    public void forceNames() throws IOException {
        count();
        if (faultIsDue()) {
            throw strike();
        }
        if (!forcingDoesNothing) {
            durableNames.clear();
            durableNames.addAll(files.keySet());
            deleted.clear();
        }
    }

    @Override
    public String freshAside() {
        return "aside-" + (asides.size() + 1);
    }

    @Override
    public String whereIs(String aside) {
        return aside;
    }

    @Override
    public void moveAside(String aside, Iterable<String> names) throws IOException {
        count();
        if (faultIsDue()) {
            throw strike();
        }
        for (String name : names) {
            if (files.remove(name) != null) {
                movedAside.add(name);
                durableNames.remove(name);
            }
        }
        asides.add(aside);
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String description() {
        return "a simulated disk";
    }

    @Override
    public void close() {}

    private final class SimulatedFile implements DiskFile {
        private final List<byte[]> chunks = new ArrayList<>();
        private final BitSet unforced = new BitSet();
        private final Map<Integer, byte[]> before = new HashMap<>();

        /** Sectors whose forcing failed: they are taken for clean, and no later force writes them. */
        private final Map<Integer, byte[]> doomed = new HashMap<>();

        private long length;
        private long durableLength;
        private long unreadableFrom = Long.MAX_VALUE;
        private long unreadableTo;

        SimulatedFile copyFor(SimulatedDisk disk) {
            SimulatedFile copy = disk.new SimulatedFile();
            chunks.forEach(chunk -> copy.chunks.add(chunk.clone()));
            copy.length = length;
            copy.durableLength = length;
            return copy;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void read(long position, ByteBuffer target) throws IOException {
            if (position + target.remaining() > length) {
                throw new EOFException("the file ends at " + length);
            }
            if (position < unreadableTo && position + target.remaining() > unreadableFrom) {
                throw new IOException("Input/output error");
            }
            long at = position;
            while (target.hasRemaining()) {
                int within = (int) (at % CHUNK);
                int count = Math.min(target.remaining(), CHUNK - within);
                target.put(chunks.get((int) (at / CHUNK)), within, count);
                at += count;
            }
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            count();
            if (faultIsDue()) {
                source.limit(source.position() + random.nextInt(source.remaining() + 1));
                put(position, source);
                throw strike();
            }
            put(position, source);
        }

        private void put(long position, ByteBuffer source) {
            long end = position + source.remaining();
            while ((long) chunks.size() * CHUNK < end) {
                chunks.add(new byte[CHUNK]);
            }
            length = Math.max(length, end);
            for (long at = position; at < end; ) {
                int sector = (int) (at / SECTOR);
                int count = (int) Math.min(end - at, SECTOR - at % SECTOR);
                if (!unforced.get(sector)) {
                    unforced.set(sector);
                    if (doomed.containsKey(sector)) {
                        before.put(sector, doomed.remove(sector));
                    } else if ((long) sector * SECTOR < durableLength) {
                        before.put(sector, sector(sector));
                    }
                }
                source.get(chunks.get((int) (at / CHUNK)), (int) (at % CHUNK), count);
                at += count;
            }
        }

        private byte[] sector(int sector) {
            int within = (int) ((long) sector * SECTOR % CHUNK);
            return Arrays.copyOfRange(chunks.get((int) ((long) sector * SECTOR / CHUNK)), within, within + SECTOR);
        }

        private byte[] oldContent(int sector) {
            return before.getOrDefault(sector, new byte[SECTOR]);
        }

        @Override
        public void force() throws IOException {
            count();
            if (faultIsDue()) {
                IOException failure = strike();
                if (!dead) {
                    unforced.stream().forEach(sector -> doomed.put(sector, oldContent(sector)));
                    unforced.clear();
                    before.clear();
                }
                throw failure;
            }
            if (!forcingDoesNothing) {
                unforced.clear();
                before.clear();
                durableLength = length;
            }
        }

        private void losePower(int survivalPercent) {
            if (length > durableLength && random.nextInt(100) >= survivalPercent) {
                long grown = (length - durableLength) / SECTOR;
                length = durableLength + (grown == 0 ? 0 : random.nextLong(grown + 1) * SECTOR);
            }
            doomed.forEach((sector, content) -> {
                unforced.set(sector);
                before.put(sector, content);
            });
            doomed.clear();
            for (int sector = unforced.nextSetBit(0); sector >= 0; sector = unforced.nextSetBit(sector + 1)) {
                boolean isBeyond = (long) sector * SECTOR >= length;
                if (isBeyond || random.nextInt(100) >= survivalPercent) {
                    int within = (int) ((long) sector * SECTOR % CHUNK);
                    System.arraycopy(
                            oldContent(sector), 0, chunks.get((int) ((long) sector * SECTOR / CHUNK)), within, SECTOR);
                }
            }
            unforced.clear();
            before.clear();
            durableLength = length;
        }

        @Override
        public ByteBuffer map(long position, int bytes) throws IOException {
            if (position % CHUNK != 0 || bytes > CHUNK || position + bytes > length) {
                throw new IOException("cannot map " + bytes + " bytes at " + position + " of " + length);
            }
            return ByteBuffer.wrap(chunks.get((int) (position / CHUNK)), 0, bytes)
                    .slice()
                    .asReadOnlyBuffer();
        }

        @Override
        public void close() {}
    }
}
