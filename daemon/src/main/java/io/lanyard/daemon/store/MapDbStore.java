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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store on disk: MapDB {@linkplain Trees trees} on a {@link JournaledVolume}.
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
    private final Scrub scrub;
    private final Reserve.Attempt<SalvageReport> salvaging;
    private volatile Optional<SalvageReport> salvage;
    private volatile boolean wasSalvagedNow;
    private final OpenFiles files;

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
        files = new OpenFiles(reserve.lend(opening));
        scrub = new Scrub(files);
        salvaging = () -> new Salvage(
                        disk,
                        segmentBytes,
                        background,
                        numberOf,
                        "found while it was in use: " + files.damage().getMessage())
                .run();
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
        return Optional.ofNullable(
                        files.read("document " + id, () -> files.trees().document(id)))
                .map(value -> Trees.unwrapDocument(id, value));
    }

    @Override
    public void documents(String collection, String afterId, Predicate<DocumentRecord> visitor) {
        String after = afterId;
        SortedMap<DocumentId, byte[]> found;
        do {
            String from = after;
            found = files.read(
                    "collection " + collection, () -> files.trees().documents(collection, from, VISIT_AT_ONCE));
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
        return files.read("the list of collections", () -> files.trees().collections());
    }

    @Override
    public List<Arrival> arrivals(long after, int limit) {
        return files.read("the arrival index", () -> files.trees().arrivals(after, limit));
    }

    @Override
    public long lastArrival() {
        return files.read("the arrival index", () -> files.trees().lastArrival());
    }

    @Override
    public Optional<byte[]> entry(String name) {
        return Optional.ofNullable(
                        files.read("entry " + name, () -> files.trees().entry(name)))
                .map(value -> Trees.unwrapEntry(name, value));
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix) {
        return entries(prefix, "", Integer.MAX_VALUE);
    }

    @Override
    public SortedMap<String, byte[]> entries(String prefix, String after, int limit) {
        return files.read("the entries " + prefix, () -> files.trees().entries(prefix, after, limit));
    }

    @Override
    public SortedMap<String, byte[]> entriesBefore(String prefix, String before, int limit) {
        return files.read("the entries " + prefix, () -> files.trees().entriesBefore(prefix, before, limit));
    }

    @Override
    public boolean lostData() {
        return entry(LOST_DATA).isPresent();
    }

    @Override
    public SortedMap<Long, byte[]> journal(long after, int limit) {
        return files.read("the conflict journal", () -> files.trees().journal(after, limit));
    }

    @Override
    public long journalSize() {
        return files.read("the conflict journal", () -> files.trees().journalSize());
    }

    @Override
    public long firstJournalNumber() {
        return files.read("the conflict journal", () -> files.trees().firstJournalNumber());
    }

    /** Not to be interrupted: that would close the files under it. */
    @Override
    public void commit(ChangeSet changes) throws IOException {
        boolean interrupted = Thread.interrupted();
        compactor.beforeCommit();
        files.lockAlone();
        try {
            files.refuseIfUnusable();
            Throwable failure = files.opened().volume().failure();
            if (failure != null) {
                throw unwritable(failure);
            }
            write(changes);
            compactor.committed(changes);
        } finally {
            files.unlockAlone();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void write(ChangeSet changes) throws IOException {
        JournaledVolume volume = files.opened().volume();
        volume.beginWriting();
        try {
            files.trees().commit(changes);
        } catch (RuntimeException | Error e) {
            volume.fail(e);
            if (DamagedPageException.in(e) != null) {
                files.broke(e);
                throw files.damaged("what a commit was to change", e);
            }
            if (WriteFailures.diskFailure(e).isEmpty()) {
                files.broke(e);
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
            Opened failed = files.opened();
            failed.volume().forgetChanges();
            files.use(new Opened(failed.files(), failed.volume(), Trees.open(failed.volume())));
        } catch (IOException | RuntimeException | Error e) {
            files.broke(e);
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
            Opened failed = files.usable();
            if (failed.volume().failure() != null) {
                compactor.giveUp("the disk failed");
                failed.volume().giveUp();
                files.replace(failed, reserve.lend(opening));
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

    @Override
    public boolean isDamaged() {
        return files.damage() != null;
    }

    /** Readers wait meanwhile. Not to be interrupted, as {@link #commit}. */
    @Override
    public void salvage() throws IOException {
        compactor.giveUp("the store is damaged");
        boolean interrupted = Thread.interrupted();
        files.lockAlone();
        try {
            files.refuseIfClosed();
            files.opened().volume().fail(new IOException("the store is damaged"));
            files.opened().volume().close();
            SalvageReport report = null;
            try {
                files.use(reserve.lend(opening));
            } catch (DamagedFileException e) {
                report = reserve.lend(salvaging);
                files.use(reserve.lend(opening));
            }
            files.becameWhole();
            note(report);
        } catch (IOException | RuntimeException | Error e) {
            files.broke(e);
            throw e;
        } finally {
            files.unlockAlone();
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
        return files.read("the store", () -> files.opened().volume().sizeBytes());
    }

    /** Forces everything and leaves an empty redo journal, so that the next opening is quick. */
    @Override
    public void close() throws IOException {
        compactor.stop();
        scrub.stop();
        files.lockAlone();
        try {
            if (files.beginClosing()) {
                closeFiles();
            }
        } finally {
            files.unlockAlone();
        }
    }

    private void closeFiles() throws IOException {
        try (disk) {
            reserve.releaseIfFull();
            files.opened().volume().close();
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
            return files.read("the store", files::opened);
        }

        @Override
        public <T> T read(String what, Supplier<T> reading) {
            return files.read(what, reading);
        }

        @Override
        public void collect(CommitsSince commits, Runnable begin) {
            files.read("the store", () -> {
                begin.run();
                compactor.collect(commits);
                return null;
            });
        }

        @Override
        public boolean alone(Opened present, LastStep step) throws IOException {
            files.lockAlone();
            try {
                files.refuseIfUnusable();
                if (files.opened() != present || present.volume().failure() != null) {
                    throw new IOException("a commit failed meanwhile");
                }
                Opened next = step.run();
                if (next != null) {
                    files.use(next);
                }
                return next != null;
            } finally {
                files.unlockAlone();
            }
        }
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

    @Override
    public int mendedPages() {
        return files.opened().volume().mendedPages();
    }
}
