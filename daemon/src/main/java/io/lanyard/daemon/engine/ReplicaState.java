package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.HybridClock;
import io.lanyard.crdt.MergeResult;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.ChangeSet.Removal;
import io.lanyard.daemon.engine.Effect.Applied;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.engine.Store.Arrival;
import io.lanyard.daemon.message.Message.Estate;
import io.lanyard.daemon.message.Message.Unclaimed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What this replica holds and claims: the committed state of the {@link Store}, and on top of it what was applied since
 * and goes into the next commit.
 *
 * <p>What holds:
 *
 * <ol>
 *   <li>The vector claims {@code (o, s)} only while the documents hold that write or what superseded it.
 *   <li>What the documents hold beyond the vector is covered by the reach.
 *   <li>The digest is that of the documents, the changed ones included after {@link #takeChanges}.
 * </ol>
 */
final class ReplicaState {

    static final long UNREADABLE = -1;
    static final long CHANGED = -2;

    private final Store store;
    private final int journalLimit;
    private final Claims claims;
    private final Writers writers;
    private final Map<DocumentId, WorkingDocument> changed = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new TreeMap<>();
    private final Map<String, byte[]> unhurriedEntries = new TreeMap<>();
    private final NewConflicts newConflicts = new NewConflicts();
    private final Map<DocumentId, Amendment> amendments = new LinkedHashMap<>();
    private final List<Removal> removals = new ArrayList<>();
    private final Openings openings;
    private final Indexes indexes;
    private final Totals totals;
    private final HybridClock clock;
    private long lastNumber;
    /** Where the last document stands that a page changed and that is not all claimed; at an opening unknown. */
    private long lastUnclaimedNumber;
    /** Whether such a document waits for its number. */
    private boolean hasUnnumberedUnclaimed;

    /** Under what documents are noted that move with nothing new; {@code null} if they are not. */
    private VersionVector watched;

    private long lastMoved;
    private boolean clashingStamps;
    private boolean isDigestDoubtful;

    ReplicaState(Store store, long opening, Settings settings) {
        this.store = store;
        journalLimit = settings.journalLimit();
        claims = new Claims(store, entries::put);
        writers = new Writers(store, settings.device().id(), entries::put, unhurriedEntries::put);
        Decoder counters = new Decoder(store.entry(EntryNames.COUNTERS).orElseGet(() -> new byte[9]));
        clock = new HybridClock(counters.takeLong());
        totals = new Totals(store, entries, counters.takeVarint());
        lastNumber = store.lastArrival();
        lastUnclaimedNumber = lastNumber;
        openings = Openings.begin(store, opening, entries);
        indexes = new Indexes(store, entries);
    }

    Store store() {
        return store;
    }

    /** What this replica claims, with what the next commit adds. */
    Claims claims() {
        return claims;
    }

    /** The claimed writes. Not to be changed by the caller. */
    VersionVector vector() {
        return claims.vector();
    }

    Digest digest() {
        return totals.digest();
    }

    HybridClock clock() {
        return clock;
    }

    Openings openings() {
        return openings;
    }

    Indexes indexes() {
        return indexes;
    }

    /** Returns the number after all that the next commit gives out. */
    long nextNumber() {
        return lastNumber + changed.size() + 1;
    }

    long lastNumber() {
        return lastNumber;
    }

    long visibleDocuments() {
        return totals.visibleDocuments();
    }

    /** Returns how many records are kept of documents of which nothing is left. */
    long graves() {
        return totals.graves();
    }

    /** Who writes under which replica id. */
    Writers writers() {
        return writers;
    }

    /**
     * Returns the document as it is now, for the caller to change and {@link #replace}; an empty one if there is none.
     * One that is damaged throws.
     */
    Document document(DocumentId id) {
        WorkingDocument working = changed.get(id);
        return working != null
                ? working.document.copy()
                : stored(id).map(StoredDocument::document).orElseGet(Document::new);
    }

    /** Whether the record of a document is damaged: it takes no writes until it was taken over from a peer. */
    boolean isDamaged(DocumentId id) {
        return numberOf(id) == UNREADABLE;
    }

    /** Returns the committed record of a document, empty if there is none or if it is damaged. */
    Optional<byte[]> record(DocumentId id) {
        try {
            return store.document(id);
        } catch (Store.DamagedException e) {
            isDigestDoubtful = true;
            return Optional.empty();
        }
    }

    /** Returns what stands at a number of the arrival index, empty if the entry is dead or the record is damaged. */
    Optional<StoredDocument> standing(Arrival arrival) {
        try {
            return record(arrival.id())
                    .filter(record -> StoredDocument.numberOf(record) == arrival.number())
                    .map(StoredDocument::decode);
        } catch (CodecException e) {
            isDigestDoubtful = true;
            return Optional.empty();
        }
    }

    /** Puts a locally written document in the place of the present one. */
    void replace(DocumentId id, Document document, Set<FieldPath> changedPaths, Author author) {
        WorkingDocument working = working(id);
        working.document = document;
        working.note(changedPaths, Optional.of(author));
    }

    /**
     * Puts what another replica holds of a document in the place of what is here, which need not be readable, and
     * journals the values that readers lose by it. The caller sees to it that it holds everything that is claimed here.
     *
     * @param newestDropped the newest timestamp of what that replica dropped as garbage
     */
    void restore(DocumentId id, Document document, long newestDropped, long nowMillis) {
        WorkingDocument working = changed.computeIfAbsent(id, absent -> new WorkingDocument(readable(id)));
        Replacement replacement = new Replacement(working.document, document);
        working.document = document.copy();
        dropCollected(working.document, claims.collected(), nowMillis);
        working.note(replacement.changedPaths(), Optional.empty());
        journal(id, replacement.lost(), replacement.stood(), nowMillis);
        extendReach(id, document.context());
        noteDropped(newestDropped);
    }

    /** Returns the record of a document, empty if there is none or if it is damaged: then the digest has to be checked. */
    private Optional<StoredDocument> readable(DocumentId id) {
        try {
            return stored(id);
        } catch (Store.DamagedException | CodecException e) {
            isDigestDoubtful = true;
            return Optional.empty();
        }
    }

    /** Writes a document anew as it is, so that the hash beside it becomes that of what it shows. */
    void touch(DocumentId id) {
        working(id);
    }

    /** Tells {@code listener} from now on what each commit changes. */
    void tell(DigestAudit listener) {
        totals.tell(listener);
    }

    /** Puts a digest and a number of visible documents that were worked out anew in the place of what is kept. */
    void correctDigest(Digest right, long visible) {
        totals.correct(right, visible);
    }

    /** Returns whether a damaged record was replaced since the last call, whose share in the digest nobody knows. */
    boolean takeDigestDoubt() {
        boolean was = isDigestDoubtful;
        isDigestDoubtful = false;
        return was;
    }

    /**
     * Returns the number at which a document stands: 0 if there is none, {@link #UNREADABLE} if its record is damaged,
     * {@link #CHANGED} if what was applied to it is not committed yet.
     */
    long numberOf(DocumentId id) {
        if (changed.containsKey(id)) {
            return CHANGED;
        }
        try {
            return stored(id).map(StoredDocument::number).orElse(0L);
        } catch (Store.DamagedException | CodecException e) {
            return UNREADABLE;
        }
    }

    /** Merges a fragment or a whole document, and journals what was lost. */
    void merge(DocumentId id, Document incoming, Optional<Author> author, long nowMillis) {
        boolean isChangedAlready = changed.containsKey(id);
        WorkingDocument working;
        try {
            working = changed.computeIfAbsent(id, absent -> new WorkingDocument(stored(id)));
        } catch (Store.DamagedException e) {
            noteLoss(id);
            return;
        }
        MergeResult result = working.document.merge(incoming, claims.vector(), claims.collected());
        if (!result.changed()) {
            if (!isChangedAlready) {
                changed.remove(id);
            }
            return;
        }
        clashingStamps |= result.hasClashingStamps();
        working.note(result.changedPaths(), author);
        if (!result.conflicts().isEmpty()) {
            journal(id, result.conflicts(), Stood.of(working.document), nowMillis);
        }
        clock.observe(incoming.newestTime(), nowMillis);
    }

    /** A damaged document takes nothing: the fence brings it whole. If nobody knows of the damage yet, this tells. */
    private void noteLoss(DocumentId id) {
        if (!store.lostData()) {
            entries.put(EntryNames.LOST_DATA, id.toString().getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Notes that a page brought {@code context} for a document, though not all of it is claimed. */
    void extendReach(DocumentId id, VersionVector context) {
        WorkingDocument working = changed.get(id);
        if (working != null && !claims.vector().covers(context)) {
            working.isUnclaimed = true;
            hasUnnumberedUnclaimed = true;
        }
        claims.extendReach(context);
    }

    /** Returns what a live write must name as seen before besides the claims, {@code null} if nothing. */
    Unclaimed unclaimed() {
        return claims.reach().isEmpty()
                ? null
                : new Unclaimed(
                        claims.reach().copy(),
                        openings.current(),
                        hasUnnumberedUnclaimed ? Long.MAX_VALUE : lastUnclaimedNumber);
    }

    /** Puts a named entry with the next commit, or deletes it if {@code value} is {@code null}. */
    void putEntry(String name, byte[] value) {
        entries.put(name, value);
    }

    /** Returns what was decided about a conflict in the journal, if anything. */
    Optional<Settlement> settlement(long number) {
        String name = Settlement.entryName(number);
        return entries.containsKey(name)
                ? Optional.of(Settlement.decode(entries.get(name)))
                : store.entry(name).map(Settlement::decode);
    }

    /**
     * Notes what was decided about a conflict in the journal. Of the settlements, as of the conflicts, the newest are
     * kept, so that none goes before its conflict does.
     */
    void settle(long number, Settlement settlement) {
        List<String> names = new ArrayList<>(store.entries(EntryNames.SETTLED).keySet());
        names.stream().limit(Math.max(0, names.size() - journalLimit)).forEach(name -> entries.put(name, null));
        entries.put(Settlement.entryName(number), settlement.encode());
    }

    /** Puts a named entry with the next commit that there is for another reason. */
    void putUnhurriedEntry(String name, byte[] value) {
        unhurriedEntries.put(name, value);
    }

    /** Returns true if the next commit moves the document in the arrival index. */
    boolean isChanged(DocumentId id) {
        return changed.containsKey(id);
    }

    /** From now on takes note of documents that move with nothing that {@code goal} does not cover; of none if null. */
    void watchMoves(VersionVector goal) {
        watched = goal;
        lastMoved = 0;
    }

    /** Returns where the last such document stands: 0 if none moved, the highest number if one waits for its place. */
    long lastMoved() {
        return changed.values().stream().anyMatch(this::isWatched) ? Long.MAX_VALUE : lastMoved;
    }

    private boolean isWatched(WorkingDocument working) {
        return watched != null && watched.covers(working.document.context());
    }

    /** Puts another record in the place of one that stays where it is, and shows the same. */
    void amend(DocumentId id, StoredDocument before, StoredDocument after) {
        amendments.put(id, new Amendment(id, after.number(), after.encode()));
        totals.countGraves(before.document().isEmpty(), after.document().isEmpty());
    }

    /** Notes that something with this timestamp was dropped. */
    void noteDropped(long time) {
        totals.noteDropped(time);
    }

    /** Returns the newest timestamp of what was dropped: a write under it may be hidden where that still is. */
    long dropped() {
        return totals.dropped();
    }

    /** Forgets a document of which nothing is left. */
    void removeGrave(DocumentId id, long number) {
        removals.add(new Removal(id, number));
        totals.countGraves(true, false);
    }

    /**
     * Puts {@code document} in the place of the present one, whatever that is; it moves to the tail.
     *
     * @param collected up to where its server had dropped garbage in the end
     */
    void exchange(DocumentId id, Document document, VersionVector collected, long wallMillis) {
        WorkingDocument working = working(id);
        Set<FieldPath> paths = new HashSet<>(working.document.leaves().keySet());
        paths.addAll(document.leaves().keySet());
        working.document = document;
        dropCollected(document, collected, wallMillis);
        working.note(paths, Optional.empty());
    }

    /**
     * Drops from a document that comes from elsewhere what is said here to be dropped: it may have left before its device
     * came to it, and others forget the deletes of which nobody holds the fields any more.
     */
    private void dropCollected(Document document, VersionVector collected, long wallMillis) {
        clock.observe(document.newestTime(), wallMillis);
        if (collected.covers(document.context())) {
            noteDropped(document.dropGarbage(collected, clock.latest()));
        }
    }

    /**
     * Puts conflicts over one document into the journal with the next commit, unless nobody may see the document.
     *
     * @param stood what the document showed before the delete that won, if one did
     */
    void journal(DocumentId id, Collection<Conflict> conflicts, Stood stood, long nowMillis) {
        newConflicts.add(id, conflicts, stood, nowMillis);
    }

    /**
     * Claims just what {@code server} does, and promises and has collected what {@code estate} says: what this replica
     * held before is exchanged for what the server holds.
     *
     * @param reach what is held now beyond {@code server}
     */
    void takeOver(VersionVector server, Estate estate, VersionVector reach) {
        claims.takeOver(server, estate, reach);
        noteDropped(estate.newestDropped());
        lastUnclaimedNumber = lastNumber;
        hasUnnumberedUnclaimed = !reach.isEmpty() && !changed.isEmpty();
    }

    boolean hasChanges() {
        return !changed.isEmpty()
                || !entries.isEmpty()
                || !newConflicts.isEmpty()
                || !amendments.isEmpty()
                || !removals.isEmpty();
    }

    /** Returns whether one stamp came with two values since the last call. */
    boolean takeClashingStamps() {
        boolean was = clashingStamps;
        clashingStamps = false;
        return was;
    }

    /** Returns everything since the last call as one commit, and what it means for readers. */
    Changes takeChanges() {
        List<DocumentChange> documents = new ArrayList<>(changed.size());
        List<Applied> applied = new ArrayList<>(changed.size());
        changed.forEach((id, working) -> {
            Optional<StoredDocument> before = working.before;
            boolean wasVisible = before.isPresent() && before.get().document().isVisible();
            boolean isVisible = working.document.isVisible();
            long previousNumber = before.map(StoredDocument::number).orElse(0L);
            long number = ++lastNumber;
            lastUnclaimedNumber = working.isUnclaimed ? number : lastUnclaimedNumber;
            lastMoved = isWatched(working) ? number : lastMoved;
            Hash hash = working.document.visibleHash(id);
            long flippedAt = wasVisible != isVisible
                    ? number
                    : before.map(StoredDocument::flippedAt).orElse(0L);
            boolean wasGrave = before.isPresent() && before.get().document().isEmpty();
            Extensions extensions = before.isEmpty() || wasGrave
                    ? StoredDocument.bornWith(working.document)
                    : before.get().extensions();
            StoredDocument record = new StoredDocument(number, flippedAt, hash, working.document, extensions);
            documents.add(new DocumentChange(
                    id, number, previousNumber, ArrivalContext.encode(working.document), record.encode()));
            totals.changed(id, before, working.document, hash);
            indexes.changed(id, before.map(StoredDocument::document), working.document);
            applied.add(new Applied(
                    number,
                    previousNumber,
                    id,
                    wasVisible,
                    isVisible,
                    working.changedPaths,
                    working.shownBefore(),
                    working.author));
        });
        totals.putChanged();
        Encoder counters = new Encoder(24);
        counters.putLong(clock.latest());
        counters.putVarint(totals.visibleDocuments());
        entries.put(EntryNames.COUNTERS, counters.toByteArray());
        unhurriedEntries.forEach(entries::putIfAbsent);
        unhurriedEntries.clear();
        boolean hasConflicts = !newConflicts.isEmpty();
        ChangeSet changeSet = new ChangeSet(
                documents,
                List.copyOf(amendments.values()),
                List.copyOf(removals),
                new TreeMap<>(entries),
                newConflicts.take(),
                journalLimit);
        changed.clear();
        amendments.clear();
        removals.clear();
        hasUnnumberedUnclaimed = false;
        entries.clear();
        return new Changes(changeSet, applied, hasConflicts);
    }

    record Changes(ChangeSet changeSet, List<Applied> applied, boolean hasConflicts) {}

    private Optional<StoredDocument> stored(DocumentId id) {
        return store.document(id).map(StoredDocument::decode);
    }

    private WorkingDocument working(DocumentId id) {
        return changed.computeIfAbsent(id, absent -> new WorkingDocument(readable(id)));
    }
}
