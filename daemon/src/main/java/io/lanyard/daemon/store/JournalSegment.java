package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of the two files of the redo journal: two headers, and records that follow each other without a gap.
 *
 * <pre>
 * header   magic 8, format 4, page bytes 4, cycle 8, salt 8, counter floor 8, volume bytes 8, CRC32C 4
 * record   magic 4, pages 4, counter 8, volume bytes 8, page numbers 4 each, pages 1,024 each, CRC32C 4
 * </pre>
 *
 * The two headers, 512 bytes each, are written by turns, so that one torn leaves the one before. Records begin on
 * multiples of 512 bytes: appending never touches a sector that holds an earlier one. A record's checksum starts from the salt of the cycle: what an earlier cycle left
 * behind in the file is never taken for a record of this one. One thread at a time.
 */
final class JournalSegment implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalSegment.class);
    private static final int ALIGNMENT = 512;
    private static final int FIRST_RECORD = 2 * ALIGNMENT;
    private static final long HEADER_MAGIC = 0x4C414E5941524A31L;
    private static final int HEADER_BYTES = 52;
    /** Format 1 lay over a main file without sums. */
    private static final int FORMAT = 2;

    private static final int RECORD_MAGIC = 0x4C524543;
    private static final int RECORD_HEADER_BYTES = 24;
    private static final int CHECKSUM_BYTES = 4;
    private static final int STAGING_BYTES = 1 << 18;
    private static final int GROWTH_BYTES = 1 << 22;
    private static final int MAIN_FILE_PART = 4;
    private static final int SEARCH_BYTES = 1 << 22;

    /** A whole record: where it lies and what it says. */
    record Entry(long position, int pages, long counter, long volumeBytes) {
        long bytes() {
            return recordBytes(pages);
        }
    }

    private final String name;
    private final DiskFile file;
    private final long mostBytes;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    private volatile long allocated;
    private long cycle;
    private long salt;
    private long counterFloor;
    private long volumeBytes;
    private long end = FIRST_RECORD;

    JournalSegment(String name, DiskFile file, long mostBytes) throws IOException {
        this.name = name;
        this.file = file;
        this.mostBytes = mostBytes;
        this.allocated = file.length();
    }

    long cycle() {
        return cycle;
    }

    long allocatedBytes() {
        return allocated;
    }

    /** No record of this segment or of a later one counts lower. */
    long counterFloor() {
        return counterFloor;
    }

    /** How long the main file was when this segment began. */
    long volumeBytes() {
        return volumeBytes;
    }

    /** Forgets every record, durably. */
    void begin(long newCycle, long newSalt, long newCounterFloor, long newVolumeBytes) throws IOException {
        allocate(FIRST_RECORD);
        cycle = newCycle;
        salt = newSalt;
        counterFloor = newCounterFloor;
        volumeBytes = newVolumeBytes;
        end = FIRST_RECORD;
        writeHeader();
        file.force();
    }

    private void writeHeader() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(ALIGNMENT);
        header.putLong(HEADER_MAGIC).putInt(FORMAT).putInt(PAGE_BYTES);
        header.putLong(cycle).putLong(salt).putLong(counterFloor).putLong(volumeBytes);
        header.putInt(checksum(header.array(), HEADER_BYTES - CHECKSUM_BYTES)).rewind();
        file.write((cycle >> 1 & 1) * ALIGNMENT, header);
    }

    /** Reads the newer of the headers that are whole; false if there is none. */
    boolean readHeader() throws IOException {
        if (allocated < FIRST_RECORD) {
            return false;
        }
        cycle = 0;
        readHeader(0);
        readHeader(ALIGNMENT);
        return cycle > 0;
    }

    private void readHeader(long position) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        file.read(position, header);
        header.flip();
        if (!isWhole(header) && !mendHeader(header)) {
            return;
        }
        header.getLong();
        int format = header.getInt();
        int pageBytes = header.getInt();
        if (format != FORMAT || pageBytes != PAGE_BYTES) {
            throw new IOException(name + " has format " + format + " with pages of " + pageBytes
                    + " bytes; this version reads format " + FORMAT
                    + ". Use the version that wrote it, or a newer one.");
        }
        long headerCycle = header.getLong();
        if (headerCycle > cycle) {
            cycle = headerCycle;
            salt = header.getLong();
            counterFloor = header.getLong();
            volumeBytes = header.getLong();
        }
    }

    private static boolean isWhole(ByteBuffer header) {
        int expected = checksum(header.array(), HEADER_BYTES - CHECKSUM_BYTES);
        return header.getLong(0) == HEADER_MAGIC && header.getInt(HEADER_BYTES - CHECKSUM_BYTES) == expected;
    }

    /** Mends a header in which one bit is wrong; {@link #secure} writes it again. */
    private boolean mendHeader(ByteBuffer header) {
        for (int bit = 0; bit < HEADER_BYTES * Byte.SIZE; bit++) {
            byte before = header.get(bit / Byte.SIZE);
            header.put(bit / Byte.SIZE, (byte) (before ^ 1 << bit % Byte.SIZE));
            if (isWhole(header)) {
                LOG.warn("A bit of a header of {} was wrong; it was found by its checksum and mended.", name);
                return true;
            }
            header.put(bit / Byte.SIZE, before);
        }
        return false;
    }

    /** A small main file needs no large journal: a quarter of it is enough. */
    private long capacityBytes() {
        return Math.min(mostBytes, Math.max(GROWTH_BYTES, volumeBytes / MAIN_FILE_PART));
    }

    boolean hasRoomFor(int pages) {
        return end == FIRST_RECORD || end + recordBytes(pages) <= capacityBytes();
    }

    /** Appends one record; it is on the disk itself on return. */
    void append(long counter, long newVolumeBytes, PageChanges changes) throws IOException {
        long bytes = recordBytes(changes.count());
        allocate(end + bytes);
        CRC32C checksum = saltedChecksum();
        long position = end;
        staging.clear();
        staging.putInt(RECORD_MAGIC).putInt(changes.count()).putLong(counter).putLong(newVolumeBytes);
        for (int index = 0; index < changes.count(); index++) {
            position = makeRoom(Integer.BYTES, position, checksum);
            staging.putInt(changes.number(index));
        }
        for (int index = 0; index < changes.count(); index++) {
            position = makeRoom(PAGE_BYTES, position, checksum);
            staging.put(changes.content(index), 0, PAGE_BYTES);
        }
        int staged = staging.position();
        checksum.update(staging.flip());
        staging.limit(staged + CHECKSUM_BYTES);
        staging.putInt((int) checksum.getValue()).flip();
        file.write(position, staging);
        file.force();
        end += bytes;
    }

    /** Sees to it that no record follows those that were appended, though one may have been begun. */
    void eraseBegun() throws IOException {
        if (end + ALIGNMENT <= allocated) {
            file.write(end, ByteBuffer.allocate(ALIGNMENT));
            file.force();
        }
    }

    /** Writes out what is staged if there is no room for this much and a checksum after it. */
    private long makeRoom(int bytes, long position, CRC32C checksum) throws IOException {
        if (staging.remaining() >= bytes + CHECKSUM_BYTES) {
            return position;
        }
        int staged = staging.position();
        checksum.update(staging.flip());
        staging.rewind();
        file.write(position, staging);
        staging.clear();
        return position + staged;
    }

    /** Grows the file ahead of its records, so that forcing one seldom has to write the file's new length as well. */
    private void allocate(long bytes) throws IOException {
        long target = Math.max(bytes, Math.min(capacityBytes(), allocated + GROWTH_BYTES));
        if (allocated >= bytes) {
            return;
        }
        ByteBuffer zeros = ByteBuffer.allocateDirect(STAGING_BYTES);
        while (allocated < target) {
            zeros.clear().limit((int) Math.min(STAGING_BYTES, target - allocated));
            int size = zeros.limit();
            file.write(allocated, zeros);
            allocated += size;
        }
    }

    /**
     * The whole records from the start on. Only the record that was being written when the power went can be torn, and
     * nothing follows that one. A record before others that has one wrong bit is mended.
     *
     * @throws DamagedFileException if a whole record follows one that is not
     */
    List<Entry> entries() throws IOException {
        List<Entry> found = new ArrayList<>();
        addEntries(found);
        return found;
    }

    /** Adds the whole records after those that were found already. */
    void addEntries(List<Entry> found) throws IOException {
        long position = endOf(found);
        long counter = found.isEmpty() ? 0 : found.get(found.size() - 1).counter();
        while (true) {
            Entry entry = entryAt(position);
            if (entry != null && entry.counter() >= counterFloor && (counter == 0 || entry.counter() == counter + 1)) {
                found.add(entry);
                counter = entry.counter();
                position += entry.bytes();
                continue;
            }
            Entry follower = follower(position, Math.max(counter, counterFloor - 1));
            if (follower == null) {
                return;
            }
            long missing = counter == 0 ? follower.counter() - 1 : counter + 1;
            if (!new RecordMender(this).mend(position, missing, true)) {
                throw new DamagedFileException(name + " is damaged at byte " + position + ": whole records follow it");
            }
        }
    }

    /** Where the next record would begin. */
    long endOf(List<Entry> entries) {
        if (entries.isEmpty()) {
            return FIRST_RECORD;
        }
        Entry last = entries.get(entries.size() - 1);
        return last.position() + last.bytes();
    }

    /** A whole record behind one that is not, or null. */
    private Entry follower(long torn, long counter) throws IOException {
        Entry claimed = claimAt(torn);
        if (claimed != null) {
            Entry next = entryAt(torn + claimed.bytes());
            if (next != null && next.counter() > counter) {
                return next;
            }
        }
        long stop = Math.min(allocated, torn + SEARCH_BYTES);
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, stop - torn));
        file.read(torn, bytes);
        for (int offset = ALIGNMENT; offset + Integer.BYTES <= bytes.limit(); offset += ALIGNMENT) {
            Entry next = bytes.getInt(offset) == RECORD_MAGIC ? entryAt(torn + offset) : null;
            if (next != null && next.counter() > counter) {
                return next;
            }
        }
        return null;
    }

    /** What a record header at this place says, unchecked but for its bounds, or null if there is none. */
    Entry claimAt(long position) throws IOException {
        ByteBuffer front = readFront(position);
        return front == null ? null : claimIn(front, position);
    }

    /** The bytes where a record has its header, or null where the file ends before. */
    ByteBuffer readFront(long position) throws IOException {
        if (position + RECORD_HEADER_BYTES + CHECKSUM_BYTES > allocated) {
            return null;
        }
        ByteBuffer front = ByteBuffer.allocate(RECORD_HEADER_BYTES);
        file.read(position, front);
        return front;
    }

    /** What these bytes say if they are a record's header, or null. */
    Entry claimIn(ByteBuffer front, long position) {
        ByteBuffer header = front.duplicate().rewind();
        int magic = header.getInt();
        Entry claim = new Entry(position, header.getInt(), header.getLong(), header.getLong());
        boolean inBounds = claim.pages() >= 0 && contentBytes(claim.pages()) + CHECKSUM_BYTES <= allocated - position;
        return magic == RECORD_MAGIC && inBounds ? claim : null;
    }

    /** The whole record at this place, or null. */
    Entry entryAt(long position) throws IOException {
        Entry claim = claimAt(position);
        return claim != null && difference(claim) == 0 ? claim : null;
    }

    /** The checksum that stands at the end of what looks like a record, and that of its content, combined by XOR. */
    int difference(Entry claim) throws IOException {
        CRC32C checksum = saltedChecksum();
        long remaining = checkedBytes(claim);
        long at = claim.position();
        while (remaining > 0) {
            staging.clear().limit((int) Math.min(STAGING_BYTES, remaining));
            int size = staging.limit();
            file.read(at, staging);
            checksum.update(staging.flip());
            at += size;
            remaining -= size;
        }
        staging.clear().limit(CHECKSUM_BYTES);
        file.read(at, staging);
        return staging.getInt(0) ^ (int) checksum.getValue();
    }

    /** How many bytes of a record are in its checksum, which follows them. */
    long checkedBytes(Entry entry) {
        return contentBytes(entry.pages());
    }

    String name() {
        return name;
    }

    /** Flips one bit, counted from this place, lowest of each byte first. Not forced. */
    void flip(long position, long bit) throws IOException {
        ByteBuffer single = ByteBuffer.allocate(1);
        file.read(position + (bit >>> 3), single);
        single.put(0, (byte) (single.get(0) ^ 1 << (bit & 7))).rewind();
        file.write(position + (bit >>> 3), single);
    }

    /**
     * Writes header and last record once more, as they are, and forces them. They may have been read from the system's
     * cache only: their writer died, or was refused, before they were forced. After a refusal, forcing alone would not
     * write them again.
     */
    void secure(List<Entry> entries) throws IOException {
        writeHeader();
        if (!entries.isEmpty()) {
            Entry last = entries.get(entries.size() - 1);
            long stop = Math.min(allocated, last.position() + last.bytes());
            for (long at = last.position(); at < stop; at += staging.limit()) {
                staging.clear().limit((int) Math.min(STAGING_BYTES, stop - at));
                file.read(at, staging);
                file.write(at, staging.flip());
            }
        }
        file.force();
    }

    /** The pages of a record that {@link #entries()} has checked. */
    PageChanges read(Entry entry) throws IOException {
        long numbersAt = entry.position() + RECORD_HEADER_BYTES;
        long pagesAt = numbersAt + (long) entry.pages() * Integer.BYTES;
        ByteBuffer numbers = ByteBuffer.allocate(entry.pages() * Integer.BYTES);
        file.read(numbersAt, numbers);
        PageChanges changes = new PageChanges();
        for (int index = 0; index < entry.pages(); index++) {
            byte[] content = new byte[PAGE_BYTES];
            file.read(pagesAt + (long) index * PAGE_BYTES, ByteBuffer.wrap(content));
            changes.add(numbers.getInt(index * Integer.BYTES), content);
        }
        return changes;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private CRC32C saltedChecksum() {
        CRC32C checksum = new CRC32C();
        checksum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, salt));
        return checksum;
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return (int) checksum.getValue();
    }

    private static long contentBytes(int pages) {
        return RECORD_HEADER_BYTES + (long) pages * (Integer.BYTES + PAGE_BYTES);
    }

    private static long recordBytes(int pages) {
        long bytes = contentBytes(pages) + CHECKSUM_BYTES;
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
