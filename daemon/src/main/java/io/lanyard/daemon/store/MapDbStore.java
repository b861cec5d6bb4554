package io.lanyard.daemon.store;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.SalvageReport;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.StoredDocument;
import io.lanyard.daemon.watch.Heartbeat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store on disk: MapDB {@linkplain Trees trees} on a {@link JournaledVolume}.
 *
 * <p>One lock: a commit holds it alone, from the first change to the return of the sync; reads share it. So MapDB's own
 * locks are switched off.
 */
public final class MapDbStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(MapDbStore.class);

    /** Either half of the redo journal, in bytes. */
    private static final long SEGMENT_BYTES = 32L << 20;

    /** How much of a segment the reserve is: enough for one more slice of the main file and some of the journal. */
    private static final int RESERVED_PART = 4;

    private static final int VISIT_AT_ONCE = 128;

    private final Disk disk;
    private final Reserve reserve;
    private final Reserve.Attempt<Opened> opening;
    private final Runnable whenClosed;
    private final Compactor compactor;
    private final Scrub scrub = new Scrub(new Pages());
    private final Reserve.Attempt<SalvageReport> salvaging;
    private volatile Optional<SalvageReport> salvage;
    /** What was found damaged and could not be mended since the files were opened, or null. */
    private volatile DamagedException damage;

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean wasSalvagedNow;
    private Opened opened;
    /** Why everything is refused, reads as well; null as long as what is on the disk can be relied upon. */
    private Throwable broken;

    private boolean closed;

    private MapDbStore(
            Disk disk,
            long segmentBytes,
            Executor background,
            ToLongFunction<byte[]> numberOf,
            Runnable whenClosed,
            SalvageReport salvage)
            throws IOException {
        this.disk = disk;
        reserve = new Reserve(disk, segmentBytes / RESERVED_PART);
        opening = () -> Opened.open(disk, segmentBytes, background);
        compactor = new Compactor(disk, segmentBytes, background, numberOf, new Host());
        this.whenClosed = whenClosed;
        reserve.releaseIfFull();
        salvaging = () -> new Salvage(
                        disk, segmentBytes, background, numberOf, "found while it was in use: " + damage.getMessage())
                .run();
        opened = reserve.lend(opening);
        reserve.hold();
        note(salvage);
    }

    /**
     * Opens the store in this directory at its last commit, or an empty one. Files that are damaged are moved into a
     * directory beside them, never deleted, and what can be read of them is copied: {@link #lastSalvage()}.
     *
     * @throws StoreInUseException if another daemon has it open
     * @throws IOException if the directory cannot be read or written, or a newer version wrote it
     */
    public static MapDbStore open(Path directory) throws IOException {
        ForceThread background = new ForceThread();
        Disk disk = DirectoryDisk.open(directory);
        try {
            return open(disk, SEGMENT_BYTES, background, background::close);
        } catch (IOException | RuntimeException | Error e) {
            background.close();
            disk.close();
            throw e;
        }
    }

    /** Opens the store on this disk, which it then owns; the caller closes it if this fails. */
    static MapDbStore open(Disk disk, long segmentBytes, Executor background, Runnable whenClosed) throws IOException {
        return open(disk, segmentBytes, background, MapDbStore::numberOf, whenClosed);
    }

    /** The same; {@code numberOf} tells the arrival number that a document's record names, 0 if it cannot. */
    static MapDbStore open(
            Disk disk, long segmentBytes, Executor background, ToLongFunction<byte[]> numberOf, Runnable whenClosed)
            throws IOException {
        try {
            return new MapDbStore(disk, segmentBytes, background, numberOf, whenClosed, null);
        } catch (DamagedFileException e) {
            SalvageReport report = new Salvage(disk, segmentBytes, background, numberOf, e.getMessage()).run();
            return new MapDbStore(disk, segmentBytes, background, numberOf, whenClosed, report);
        }
    }

    private static long numberOf(byte[] record) {
        try {
            return StoredDocument.numberOf(record);
        } catch (CodecException e) {
            LOG.warn("A document's record does not tell where it stands in the arrival index.", e);
            return 0;
        }
    }

    private void note(SalvageReport fresh) {
        salvage = entry(SalvageReport.ENTRY).map(SalvageReport::decode);
        wasSalvagedNow = fresh != null;
    }

    /** Where the damaged files went, if there were some at this opening. */
    public Optional<String> damagedFilesMovedTo() {
        return wasSalvagedNow ? salvage.map(SalvageReport::movedTo) : Optional.empty();
    }

    @Override
    public Optional<SalvageReport> lastSalvage() {
        return salvage;
    }

    @Override
    public Optional<byte[]> document(DocumentId id) {
        return Optional.ofNullable(read("document " + id, () -> opened.trees().document(id)))
                .map(value -> Trees.unwrapDocument(id, value));
    }

    @Override
    public void documents(String collection, String afterId, Predicate<DocumentRecord> visitor) {
        String after = afterId;
        SortedMap<DocumentId, byte[]> found;
        do {
            String from = after;
            found = read("collection " + collection, () -> opened.trees().documents(collection, from, VISIT_AT_ONCE));
            for (Map.Entry<DocumentId, byte[]> entry : found.entrySet()) {
                DocumentId id = entry.getKey();
                if (!visitor.test(new DocumentRecord(id, Trees.unwrapDocument(id, entry.getValue())))) {
                    return;
                }
                after = id.id();
            }
        } while (found.size() == VISIT_AT_ONCE);
    }

    @Override
    public List<String> collections() {
        return read("the list of collections", () -> opened.trees().collections());
    }

    @Override
    public List<Arrival> arrivals(long after, int limit) {
        return read("the arrival index", () -> opened.trees().arrivals(after, limit));
    }

    @Override
    public long lastArrival() {
        return read("the arrival index", () -> opened.trees().lastArrival());
    }

    @Override
    public Optional<byte[]> entry(String name) {
        return Optional.ofNullable(read("entry " + name, () -> opened.trees().entry(name)))
                .map(value -> Trees.unwrapEntry(name, value));
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix) {
        return entries(prefix, "", Integer.MAX_VALUE);
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix, String after, int limit) {
        return read("the entries " + prefix, () -> opened.trees().entries(prefix, after, limit));
    }

    @Override
    public SortedMap<String, byte[]> entriesBefore(String prefix, String before, int limit) {
        return read("the entries " + prefix, () -> opened.trees().entriesBefore(prefix, before, limit));
    }

    @Override
    public boolean lostData() {
        return entry(LOST_DATA).isPresent();
    }

    @Override
    public SortedMap<Long, byte[]> journal(long after, int limit) {
        return read("the conflict journal", () -> opened.trees().journal(after, limit));
    }

    @Override
    public long journalSize() {
        return read("the conflict journal", () -> opened.trees().journalSize());
    }

    @Override
    public long firstJournalNumber() {
        return read("the conflict journal", () -> opened.trees().firstJournalNumber());
    }

    /** Not to be interrupted: that would close the files under it. */
    @Override
    public void commit(ChangeSet changes) throws IOException {
        boolean interrupted = Thread.interrupted();
        compactor.beforeCommit();
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            refuseIfBroken();
            Throwable failure = opened.volume().failure();
            if (failure != null) {
                throw unwritable(failure);
            }
            write(changes);
            compactor.committed(changes);
        } finally {
            lock.writeLock().unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void write(ChangeSet changes) throws IOException {
        JournaledVolume volume = opened.volume();
        volume.beginWriting();
        try {
            opened.trees().commit(changes);
        } catch (RuntimeException | Error e) {
            volume.fail(e);
            if (DamagedPageException.in(e) != null) {
                broken = e;
                throw damaged("what a commit was to change", e);
            }
            if (WriteFailures.diskFailure(e).isEmpty()) {
                broken = e;
                throw new IOException("the commit failed, and the store refuses everything now: " + e.getMessage(), e);
            }
            volume.endWriting();
            showLastCommit();
            throw unwritable(e);
        } finally {
            volume.endWriting();
        }
    }

    /** What MapDB has in memory is of no use after a change that failed half-way. */
    private void showLastCommit() throws IOException {
        try {
            opened.volume().forgetChanges();
            opened = new Opened(opened.files(), opened.volume(), Trees.open(opened.volume()));
        } catch (IOException | RuntimeException | Error e) {
            broken = e;
            throw e;
        }
    }

    private IOException unwritable(Throwable failure) {
        return WriteFailures.diskFailure(failure)
                .<IOException>map(failed -> WriteFailures.describe(failed, disk))
                .orElseGet(() -> new IOException(failure));
    }

    /**
     * Opens the files anew beside the failed volume, from which readers read on until then. The commit that failed is
     * taken back first, so what is replayed is what can be read already. Not to be interrupted, as {@link #commit}.
     */
    @Override
    public void recover() throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            Opened failed = usable();
            if (failed.volume().failure() != null) {
                compactor.giveUp("the disk failed");
                failed.volume().giveUp();
                replace(failed, reserve.lend(opening));
            }
            reserve.hold();
        } catch (IOException e) {
            throw e instanceof DamagedFileException ? e : unwritable(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Opened usable() throws IOException {
        lock.readLock().lock();
        try {
            refuseIfClosed();
            refuseIfBroken();
            return opened;
        } finally {
            lock.readLock().unlock();
        }
    }

    private void replace(Opened failed, Opened fresh) {
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            opened = fresh;
        } finally {
            (opened == fresh ? failed : fresh).volume().close();
            lock.writeLock().unlock();
        }
    }

    @Override
    public boolean isDamaged() {
        return damage != null;
    }

    /** Readers wait meanwhile. Not to be interrupted, as {@link #commit}. */
    @Override
    public void salvage() throws IOException {
        compactor.giveUp("the store is damaged");
        boolean interrupted = Thread.interrupted();
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            opened.volume().fail(new IOException("the store is damaged"));
            opened.volume().close();
            SalvageReport report = null;
            try {
                opened = reserve.lend(opening);
            } catch (DamagedFileException e) {
                report = reserve.lend(salvaging);
                opened = reserve.lend(opening);
            }
            damage = null;
            broken = null;
            note(report);
        } catch (IOException | RuntimeException | Error e) {
            broken = e;
            throw e;
        } finally {
            lock.writeLock().unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public OptionalLong freeBytes() {
        try {
            return OptionalLong.of(disk.freeBytes());
        } catch (IOException e) {
            LOG.debug("the free space of {} cannot be told", disk.description(), e);
            return OptionalLong.empty();
        }
    }

    @Override
    public long sizeBytes() {
        return read("the store", () -> opened.volume().sizeBytes());
    }

    /** Forces everything and leaves an empty redo journal, so that the next opening is quick. */
    @Override
    public void close() throws IOException {
        compactor.stop();
        scrub.stop();
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                closeFiles();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void closeFiles() throws IOException {
        try (disk) {
            reserve.releaseIfFull();
            opened.volume().close();
        } catch (DBException.VolumeIOError e) {
            throw new IOException(
                    "closing the store failed: " + e.getCause().getMessage() + "; what was committed is safe", e);
        } finally {
            whenClosed.run();
        }
    }

    /**
     * Copies the store into fresh files, which take the place of the old ones: what was replaced and removed takes no
     * room any more. Reads and commits go on meanwhile, but for some milliseconds at the end. Returns when it is done,
     * or has failed, which leaves the store as it was.
     */
    public CompactionResult compact() {
        return compact(Heartbeat.UNWATCHED::working);
    }

    /** The same; {@code progress} is called often meanwhile. */
    CompactionResult compact(Runnable progress) {
        return compactor.compact(progress);
    }

    /** How large a fresh copy would be, about; reads all of the store. */
    long copyBytes() {
        return compactor.copyBytes();
    }

    /** From now on {@linkplain #compact() compacts} of itself, in the background, when the files are much too large. */
    public void compactWhenWorthIt(Heartbeat heartbeat) {
        compactor.start(heartbeat);
    }

    @Override
    public Optional<CompactionResult> lastCompaction() {
        return compactor.last();
    }

    /** What a compaction needs of this store. */
    private final class Host implements Compaction.Host {
        @Override
        public Opened opened() {
            return read("the store", () -> opened);
        }

        @Override
        public <T> T read(String what, Supplier<T> reading) {
            return MapDbStore.this.read(what, reading);
        }

        @Override
        public void collect(CommitsSince commits, Runnable begin) {
            read("the store", () -> {
                begin.run();
                compactor.collect(commits);
                return null;
            });
        }

        @Override
        public void alone(Opened present, LastStep step) throws IOException {
            lock.writeLock().lock();
            try {
                refuseIfClosed();
                refuseIfBroken();
                if (opened != present || present.volume().failure() != null) {
                    throw new IOException("a commit failed meanwhile");
                }
                opened = step.run();
            } finally {
                lock.writeLock().unlock();
            }
        }
    }

    private <T> T read(String what, Supplier<T> reading) {
        while (true) {
            lock.readLock().lock();
            int damagedPage;
            try {
                refuseIfClosed();
                refuseIfBroken();
                return guarded(what, reading);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (DamagedPageException e) {
                damagedPage = e.page();
            } finally {
                lock.readLock().unlock();
            }
            mend(damagedPage, what);
        }
    }

    /** What MapDB throws while reading comes from bytes that make no sense. */
    private static <T> T guarded(String what, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (DamagedException e) {
            throw e;
        } catch (RuntimeException | AssertionError | IllegalAccessError e) {
            DamagedPageException page = DamagedPageException.in(e);
            throw page != null ? page : new DamagedException(what, e);
        }
    }

    /** Mends a page that was found damaged while {@code what} was read. */
    private void mend(int page, String what) {
        lock.writeLock().lock();
        try {
            refuseIfClosed();
            if (opened.volume().failure() != null) {
                throw new DamagedException(what, opened.volume().failure());
            }
            opened.volume().mend(page);
        } catch (DamagedPageException e) {
            throw damaged(what, e);
        } catch (DBException.VolumeIOError e) {
            throw new DamagedException(what, e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** From now on the store waits to be {@link #salvage salvaged}. */
    private DamagedException damaged(String what, Throwable cause) {
        damage = new DamagedException(what, cause);
        LOG.error("The store is damaged, and it cannot be mended: {}", String.valueOf(DamagedPageException.in(cause)));
        return damage;
    }

    /**
     * From now on every page is read some minutes after now and once a day, slowly, in the background, and compared with
     * its checksum.
     */
    public void scrubAtTimes(Heartbeat heartbeat) {
        scrub.start(heartbeat);
    }

    /** Reads every page now. */
    void scrub() throws InterruptedException {
        scrub.pass(Heartbeat.UNWATCHED, 0);
    }

    /** What a scrub needs of this store. */
    private final class Pages implements Scrub.Host {
        @Override
        public int pages() {
            return read("the store", () -> opened.volume().pages());
        }

        @Override
        public void check(int from, int count) {
            for (int damaged = firstDamaged(from, count); damaged >= 0; damaged = firstDamaged(from, count)) {
                mend(damaged, "a page that is to be scrubbed");
            }
        }

        private int firstDamaged(int from, int count) {
            return read("the store", () -> {
                JournaledVolume volume = opened.volume();
                int found = volume.firstDamaged(from, Math.min(count, volume.pages() - from));
                volume.compareSumsOf(from);
                return found;
            });
        }
    }

    @Override
    public int mendedPages() {
        return opened.volume().mendedPages();
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
    }

    private void refuseIfBroken() throws IOException {
        if (broken != null) {
            throw new IOException(
                    "the store refuses everything since a commit failed, until it is opened again: "
                            + broken.getMessage(),
                    broken);
        }
    }
}
