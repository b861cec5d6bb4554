package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.HybridClock;
import io.lanyard.crdt.MergeResult;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.ChangeSet.Removal;
import io.lanyard.daemon.engine.Effect.Applied;
import io.lanyard.daemon.engine.Effect.Author;
import io.lanyard.daemon.message.Message.Estate;
import io.lanyard.daemon.message.Message.Unclaimed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    private final VersionVector vector = new VersionVector();
    private final VersionVector reach = new VersionVector();
    private final VersionVector promised = new VersionVector();
    private final VersionVector collected = new VersionVector();
    private final VersionVector unannounced = new VersionVector();
    private final VersionVector heldElsewhere = new VersionVector();
    private final Map<ReplicaId, String> writers = new TreeMap<>();
    private final Map<DocumentId, Working> changed = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new TreeMap<>();
    private final Map<String, byte[]> unhurriedEntries = new TreeMap<>();
    private final List<byte[]> journalRecords = new ArrayList<>();
    private final Map<DocumentId, Amendment> amendments = new LinkedHashMap<>();
    private final List<Removal> removals = new ArrayList<>();
    private final Openings openings;
    private Digest digest;
    private final HybridClock clock;
    private long lastNumber;
    /** Where the last document stands that a page changed and that is not all claimed; at an opening unknown. */
    private long lastUnclaimedNumber;
    /** Whether such a document waits for its number. */
    private boolean hasUnnumberedUnclaimed;

    private long visibleDocuments;
    private long graves;
    /** The newest timestamp of what was dropped, here or where this state was taken over from. */
    private long dropped;

    private boolean isGarbageNoted;

    private boolean clashingStamps;
    private boolean isDigestDoubtful;
    private DigestAudit audit;

    ReplicaState(Store store, long opening, int journalLimit) {
        this.store = store;
        this.journalLimit = journalLimit;
        load(EntryNames.VECTOR, vector);
        load(EntryNames.REACH, reach);
        load(EntryNames.HELD_ELSEWHERE, heldElsewhere);
        load(EntryNames.PROMISED, promised);
        load(EntryNames.COLLECTED, collected);
        store.entries(EntryNames.WRITER)
                .forEach((name, device) ->
                        writers.put(EntryNames.replicaIn(name), new String(device, StandardCharsets.UTF_8)));
        digest = store.entry(EntryNames.DIGEST).map(Digest::decode).orElseGet(Digest::new);
        Decoder counters = new Decoder(store.entry(EntryNames.COUNTERS).orElseGet(() -> new byte[9]));
        clock = new HybridClock(counters.takeLong());
        visibleDocuments = counters.takeVarint();
        store.entry(EntryNames.GARBAGE).map(Decoder::new).ifPresent(in -> {
            graves = in.takeVarint(0, Long.MAX_VALUE);
            dropped = in.takeLong();
        });
        if (store.lostData()) {
            countAnew();
        }
        lastNumber = store.lastArrival();
        lastUnclaimedNumber = lastNumber;
        openings = Openings.begin(store, opening, entries);
    }

    /** What was summed up before something was lost is not the sum of what is there. */
    private void countAnew() {
        digest = new Digest();
        visibleDocuments = 0;
        graves = 0;
        for (String collection : store.collections()) {
            String after = "";
            while (after != null) {
                after = countFrom(collection, after);
            }
        }
        entries.put(EntryNames.DIGEST, null);
    }

    /** Returns the id of a damaged document behind which to go on, {@code null} at the end of the collection. */
    private String countFrom(String collection, String after) {
        try {
            store.documents(collection, after, record -> {
                StoredDocument stored = StoredDocument.decode(record.bytes());
                digest.replace(record.id(), Hash.ZERO, stored.hash());
                visibleDocuments += stored.document().isVisible() ? 1 : 0;
                graves += stored.document().isEmpty() ? 1 : 0;
                return true;
            });
            return null;
        } catch (Store.DamagedException e) {
            return e.document().orElseThrow(() -> e).id();
        }
    }

    private void load(String prefix, VersionVector into) {
        store.entries(prefix)
                .forEach((name, sequence) ->
                        into.raise(EntryNames.replicaIn(name), new Decoder(sequence).takeSequence()));
    }

    Store store() {
        return store;
    }

    /** The claims, with what the next commit adds. Not to be changed by the caller. */
    VersionVector vector() {
        return vector;
    }

    /** What is held beyond the vector. Not to be changed by the caller. */
    VersionVector reach() {
        return reach;
    }

    /** What this replica ever said every device has. Not to be changed by the caller. */
    VersionVector promised() {
        return promised;
    }

    /** Up to where garbage was dropped. Not to be changed by the caller. */
    VersionVector collected() {
        return collected;
    }

    Digest digest() {
        return digest;
    }

    HybridClock clock() {
        return clock;
    }

    Openings openings() {
        return openings;
    }

    /** Returns the number after all that the next commit gives out. */
    long nextNumber() {
        return lastNumber + changed.size() + 1;
    }

    long lastNumber() {
        return lastNumber;
    }

    long visibleDocuments() {
        return visibleDocuments;
    }

    /** Returns how many records are kept of documents of which nothing is left. */
    long graves() {
        return graves;
    }

    /** Returns the id of the device that writes or wrote under {@code replica}, {@code null} if not known. */
    String writer(ReplicaId replica) {
        return writers.get(replica);
    }

    Map<ReplicaId, String> writers() {
        return writers;
    }

    /** Notes which device writes under a replica id. */
    void noteWriter(ReplicaId replica, String device) {
        if (!device.equals(writers.put(replica, device))) {
            entries.put(EntryNames.WRITER + replica, device.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Notes what another device knows of who writes under which replica id; what is known here stays. */
    void learnWriters(Map<ReplicaId, String> known) {
        known.forEach((replica, device) -> {
            if (!writers.containsKey(replica)) {
                noteWriter(replica, device);
            }
        });
    }

    /**
     * Returns the document as it is now, for the caller to change and {@link #replace}; an empty one if there is none.
     * One that is damaged throws.
     */
    Document document(DocumentId id) {
        Working working = changed.get(id);
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

    /** Puts a locally written document in the place of the present one. */
    void replace(DocumentId id, Document document, Set<FieldPath> changedPaths, Author author) {
        Working working = working(id);
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
        Working working = changed.computeIfAbsent(id, absent -> new Working(readable(id)));
        Replacement replacement = new Replacement(working.document, document);
        working.document = document.copy();
        working.note(replacement.changedPaths(), Optional.empty());
        for (Conflict lost : replacement.lost()) {
            journalRecords.add(new JournalRecord(id, lost, nowMillis).encode());
        }
        extendReach(id, document.context());
        noteDropped(newestDropped);
        clock.observe(document.newestTime(), nowMillis);
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
        audit = listener;
    }

    /** Puts a digest and a number of visible documents that were worked out anew in the place of what is kept. */
    void correctDigest(Digest right, long visible) {
        digest = right.copy();
        visibleDocuments = visible;
        entries.put(EntryNames.DIGEST, null);
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
        Working working;
        try {
            working = changed.computeIfAbsent(id, absent -> new Working(stored(id)));
        } catch (Store.DamagedException e) {
            noteLoss(id);
            return;
        }
        MergeResult result = working.document.merge(incoming, vector, collected);
        if (!result.changed()) {
            if (!isChangedAlready) {
                changed.remove(id);
            }
            return;
        }
        clashingStamps |= result.hasClashingStamps();
        working.note(result.changedPaths(), author);
        for (Conflict conflict : result.conflicts()) {
            journalRecords.add(new JournalRecord(id, conflict, nowMillis).encode());
        }
        clock.observe(incoming.newestTime(), nowMillis);
    }

    /** A damaged document takes nothing: the fence brings it whole. If nobody knows of the damage yet, this tells. */
    private void noteLoss(DocumentId id) {
        if (!store.lostData()) {
            entries.put(EntryNames.LOST_DATA, id.toString().getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Notes that something up to this write is held, though not claimed. */
    void putReach(ReplicaId replica, long sequence) {
        if (reach.raise(replica, sequence)) {
            entries.put(EntryNames.REACH + replica, sequenceBytes(sequence));
        }
    }

    /** Forgets what is held without being claimed. */
    void clearReach() {
        reach.entries().keySet().forEach(replica -> entries.put(EntryNames.REACH + replica, null));
        reach.clear();
    }

    /** Claims a write, all of which was applied. */
    void claim(Dot dot) {
        raise(dot.replica(), dot.sequence());
    }

    /** Claims all that {@code other} does: everything its replica holds was merged. */
    void claim(VersionVector other) {
        other.forEach(this::raise);
    }

    private void raise(ReplicaId replica, long sequence) {
        if (!vector.raise(replica, sequence)) {
            return;
        }
        unannounced.raise(replica, sequence);
        entries.put(EntryNames.VECTOR + replica, sequenceBytes(sequence));
        if (reach.get(replica) != 0 && reach.get(replica) <= sequence) {
            reach.remove(replica);
            entries.put(EntryNames.REACH + replica, null);
        }
    }

    /** Notes that a page brought {@code context} for a document, though not all of it is claimed. */
    void extendReach(DocumentId id, VersionVector context) {
        Working working = changed.get(id);
        if (working != null && !vector.covers(context)) {
            working.isUnclaimed = true;
            hasUnnumberedUnclaimed = true;
        }
        context.forEach((replica, sequence) -> {
            if (vector.get(replica) < sequence) {
                putReach(replica, sequence);
            }
        });
    }

    /**
     * Returns the claims that a live write must name as seen before: those that are new since the previous call. For
     * the first write under a replica id that is all.
     *
     * @param own the writer's own replica id, which needs no mention
     */
    VersionVector takeNeeds(ReplicaId own, boolean isFirst) {
        VersionVector needs = isFirst ? vector.copy() : unannounced.copy();
        needs.remove(own);
        unannounced.clear();
        return needs;
    }

    /** Returns what a live write must name as seen before besides the claims, {@code null} if nothing. */
    Unclaimed unclaimed() {
        return reach.isEmpty()
                ? null
                : new Unclaimed(
                        reach.copy(),
                        openings.current(),
                        hasUnnumberedUnclaimed ? Long.MAX_VALUE : lastUnclaimedNumber);
    }

    /** Notes what another device has committed, as far as this device wrote it. Kept with the next commit. */
    void noteHeldElsewhere(VersionVector theirs, String ownDevice) {
        writers.forEach((replica, device) -> {
            if (device.equals(ownDevice) && heldElsewhere.raise(replica, theirs.get(replica))) {
                unhurriedEntries.put(EntryNames.HELD_ELSEWHERE + replica, sequenceBytes(heldElsewhere.get(replica)));
            }
        });
    }

    /** Returns how many writes of this device no other one is known to hold. */
    long pendingWrites(String ownDevice) {
        long pending = 0;
        for (Map.Entry<ReplicaId, String> writer : writers.entrySet()) {
            if (writer.getValue().equals(ownDevice)) {
                pending += Math.max(0, vector.get(writer.getKey()) - heldElsewhere.get(writer.getKey()));
            }
        }
        return pending;
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

    /** Says that every device has what {@code level} covers: nobody who has less is trusted from now on. */
    void promise(VersionVector level) {
        raise(promised, level, EntryNames.PROMISED);
    }

    /** Notes that the garbage under {@code level} is dropped. */
    void collect(VersionVector level) {
        raise(collected, level, EntryNames.COLLECTED);
    }

    private void raise(VersionVector kept, VersionVector level, String prefix) {
        level.forEach((replica, sequence) -> {
            if (kept.raise(replica, sequence)) {
                entries.put(prefix + replica, sequenceBytes(sequence));
            }
        });
    }

    /** Returns true if the next commit moves the document in the arrival index. */
    boolean isChanged(DocumentId id) {
        return changed.containsKey(id);
    }

    /** Puts another record in the place of one that stays where it is, and shows the same. */
    void amend(DocumentId id, StoredDocument before, StoredDocument after) {
        amendments.put(id, new Amendment(id, after.number(), after.encode()));
        countGraves(before.document().isEmpty(), after.document().isEmpty());
    }

    private void countGraves(boolean wasGrave, boolean isGrave) {
        graves += (isGrave ? 1 : 0) - (wasGrave ? 1 : 0);
        isGarbageNoted |= wasGrave != isGrave;
    }

    /** Notes that something with this timestamp was dropped. */
    void noteDropped(long time) {
        isGarbageNoted |= Timestamp.compare(time, dropped) > 0;
        dropped = Timestamp.max(dropped, time);
    }

    /** Returns the newest timestamp of what was dropped: a write under it may be hidden where that still is. */
    long dropped() {
        return dropped;
    }

    /** Forgets a document of which nothing is left. */
    void removeGrave(DocumentId id, long number) {
        removals.add(new Removal(id, number));
        countGraves(true, false);
    }

    /** Puts {@code document} in the place of the present one, whatever that is; it moves to the tail. */
    void exchange(DocumentId id, Document document, long wallMillis) {
        Working working = working(id);
        Set<FieldPath> paths = new HashSet<>(working.document.leaves().keySet());
        paths.addAll(document.leaves().keySet());
        working.document = document;
        working.note(paths, Optional.empty());
        clock.observe(document.newestTime(), wallMillis);
    }

    /** Puts a conflict into the journal with the next commit. */
    void journal(DocumentId id, Conflict conflict, long nowMillis) {
        journalRecords.add(new JournalRecord(id, conflict, nowMillis).encode());
    }

    /**
     * Claims just what {@code server} does, and promises and has collected what {@code estate} says: what this replica
     * held before is exchanged for what the server holds.
     *
     * @param reach what is held now beyond {@code server}
     */
    void takeOver(VersionVector server, Estate estate, VersionVector reach) {
        exchange(vector, server, EntryNames.VECTOR);
        exchange(this.reach, reach, EntryNames.REACH);
        exchange(promised, estate.promised(), EntryNames.PROMISED);
        exchange(collected, estate.collected(), EntryNames.COLLECTED);
        noteDropped(estate.newestDropped());
        store.entries(EntryNames.CHECKPOINT).keySet().forEach(name -> entries.put(name, null));
        unannounced.clear();
        lastUnclaimedNumber = lastNumber;
        hasUnnumberedUnclaimed = !reach.isEmpty() && !changed.isEmpty();
    }

    private void exchange(VersionVector kept, VersionVector by, String prefix) {
        kept.entries().keySet().stream()
                .filter(replica -> by.get(replica) == 0)
                .forEach(replica -> entries.put(prefix + replica, null));
        by.forEach((replica, sequence) -> {
            if (kept.get(replica) != sequence) {
                entries.put(prefix + replica, sequenceBytes(sequence));
            }
        });
        kept.clear();
        kept.join(by);
    }

    boolean hasChanges() {
        return !changed.isEmpty()
                || !entries.isEmpty()
                || !journalRecords.isEmpty()
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
            Hash hashBefore = before.map(StoredDocument::hash).orElse(Hash.ZERO);
            if (!hash.equals(hashBefore)) {
                digest.replace(id, hashBefore, hash);
                entries.put(EntryNames.DIGEST, null);
            }
            visibleDocuments += (isVisible ? 1 : 0) - (wasVisible ? 1 : 0);
            if (audit != null) {
                audit.changed(id, hashBefore, hash, wasVisible, isVisible);
            }
            countGraves(wasGrave, working.document.isEmpty());
            applied.add(new Applied(
                    number, previousNumber, id, wasVisible, isVisible, working.changedPaths, working.author));
        });
        if (entries.containsKey(EntryNames.DIGEST)) {
            entries.put(EntryNames.DIGEST, digest.encode());
        }
        Encoder counters = new Encoder(24);
        counters.putLong(clock.latest());
        counters.putVarint(visibleDocuments);
        if (isGarbageNoted) {
            isGarbageNoted = false;
            Encoder garbage = new Encoder(18);
            garbage.putVarint(graves);
            garbage.putLong(dropped);
            entries.put(EntryNames.GARBAGE, garbage.toByteArray());
        }
        entries.put(EntryNames.COUNTERS, counters.toByteArray());
        unhurriedEntries.forEach(entries::putIfAbsent);
        unhurriedEntries.clear();
        boolean hasConflicts = !journalRecords.isEmpty();
        ChangeSet changeSet = new ChangeSet(
                documents,
                List.copyOf(amendments.values()),
                List.copyOf(removals),
                new TreeMap<>(entries),
                List.copyOf(journalRecords),
                journalLimit);
        changed.clear();
        amendments.clear();
        removals.clear();
        hasUnnumberedUnclaimed = false;
        entries.clear();
        journalRecords.clear();
        return new Changes(changeSet, applied, hasConflicts);
    }

    record Changes(ChangeSet changeSet, List<Applied> applied, boolean hasConflicts) {}

    private static byte[] sequenceBytes(long sequence) {
        Encoder out = new Encoder(10);
        out.putVarint(sequence);
        return out.toByteArray();
    }

    private Optional<StoredDocument> stored(DocumentId id) {
        return store.document(id).map(StoredDocument::decode);
    }

    private Working working(DocumentId id) {
        return changed.computeIfAbsent(id, absent -> new Working(readable(id)));
    }

    private static final class Working {
        final Optional<StoredDocument> before;
        Document document;
        Set<FieldPath> changedPaths = new HashSet<>();
        Optional<Author> author = Optional.empty();
        boolean isUnclaimed;
        private boolean isNoted;

        Working(Optional<StoredDocument> before) {
            this.before = before;
            document = before.map(stored -> stored.document().copy()).orElseGet(Document::new);
        }

        void note(Set<FieldPath> paths, Optional<Author> by) {
            author = !isNoted || author.equals(by) ? by : Optional.empty();
            isNoted = true;
            changedPaths.addAll(paths);
        }
    }
}
