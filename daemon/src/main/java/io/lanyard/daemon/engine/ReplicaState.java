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
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Effect.Applied;
import io.lanyard.daemon.engine.Effect.Author;
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
    private final VersionVector unannounced = new VersionVector();
    private final VersionVector unsummarized = new VersionVector();
    private final VersionVector heldElsewhere = new VersionVector();
    private final Map<ReplicaId, String> writers = new TreeMap<>();
    private final Map<DocumentId, Working> changed = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new TreeMap<>();
    private final Map<String, byte[]> unhurriedEntries = new TreeMap<>();
    private final List<byte[]> journalRecords = new ArrayList<>();
    private final Openings openings;
    private Digest digest;
    private final HybridClock clock;
    private long lastNumber;
    /** Where the last document stands that a page changed and that is not all claimed; at an opening unknown. */
    private long lastUnclaimedNumber;
    /** Whether such a document waits for its number. */
    private boolean hasUnnumberedUnclaimed;

    private long visibleDocuments;
    private boolean clashingStamps;
    private boolean isDigestDoubtful;
    private DigestAudit audit;

    ReplicaState(Store store, long opening, int journalLimit) {
        this.store = store;
        this.journalLimit = journalLimit;
        load(EntryNames.VECTOR, vector);
        load(EntryNames.REACH, reach);
        load(EntryNames.HELD_ELSEWHERE, heldElsewhere);
        store.entries(EntryNames.WRITER)
                .forEach((name, device) ->
                        writers.put(EntryNames.replicaIn(name), new String(device, StandardCharsets.UTF_8)));
        digest = store.entry(EntryNames.DIGEST).map(Digest::decode).orElseGet(Digest::new);
        Decoder counters = new Decoder(store.entry(EntryNames.COUNTERS).orElseGet(() -> new byte[9]));
        clock = new HybridClock(counters.takeLong());
        visibleDocuments = counters.takeVarint();
        lastNumber = store.lastArrival();
        lastUnclaimedNumber = lastNumber;
        openings = Openings.begin(store, opening, entries);
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

    Digest digest() {
        return digest;
    }

    HybridClock clock() {
        return clock;
    }

    Openings openings() {
        return openings;
    }

    long lastNumber() {
        return lastNumber;
    }

    long visibleDocuments() {
        return visibleDocuments;
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

    /** Returns the document as it is now, for the caller to change and {@link #replace}; an empty one if there is none. */
    Document document(DocumentId id) {
        Working working = changed.get(id);
        return working != null
                ? working.document.copy()
                : stored(id).map(StoredDocument::document).orElseGet(Document::new);
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
     */
    void restore(DocumentId id, Document document, long nowMillis) {
        Working working = changed.computeIfAbsent(id, absent -> new Working(readable(id)));
        Replacement replacement = new Replacement(working.document, document);
        working.document = document.copy();
        working.note(replacement.changedPaths(), Optional.empty());
        for (Conflict lost : replacement.lost()) {
            journalRecords.add(new JournalRecord(id, lost, nowMillis).encode());
        }
        extendReach(id, document.context());
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
        Working working = working(id);
        MergeResult result = working.document.merge(incoming, vector);
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
        unsummarized.raise(replica, sequence);
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
            if (vector.get(replica) < sequence && reach.raise(replica, sequence)) {
                entries.put(EntryNames.REACH + replica, sequenceBytes(sequence));
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

    /** Returns the claims that are new since the last call. */
    VersionVector takeUnsummarized() {
        VersionVector changes = unsummarized.copy();
        unsummarized.clear();
        return changes;
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

    boolean hasChanges() {
        return !changed.isEmpty() || !entries.isEmpty() || !journalRecords.isEmpty();
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
            StoredDocument record = new StoredDocument(
                    number,
                    flippedAt,
                    hash,
                    working.document,
                    before.map(StoredDocument::extensions).orElse(Extensions.NONE));
            documents.add(new DocumentChange(
                    id, number, previousNumber, vectorBytes(working.document.context()), record.encode()));
            Hash hashBefore = before.map(StoredDocument::hash).orElse(Hash.ZERO);
            if (!hash.equals(hashBefore)) {
                digest.replace(id, hashBefore, hash);
                entries.put(EntryNames.DIGEST, null);
            }
            visibleDocuments += (isVisible ? 1 : 0) - (wasVisible ? 1 : 0);
            if (audit != null) {
                audit.changed(id, hashBefore, hash, wasVisible, isVisible);
            }
            applied.add(new Applied(
                    number, previousNumber, id, wasVisible, isVisible, working.changedPaths, working.author));
        });
        if (entries.containsKey(EntryNames.DIGEST)) {
            entries.put(EntryNames.DIGEST, digest.encode());
        }
        Encoder counters = new Encoder(18);
        counters.putLong(clock.latest());
        counters.putVarint(visibleDocuments);
        entries.put(EntryNames.COUNTERS, counters.toByteArray());
        unhurriedEntries.forEach(entries::putIfAbsent);
        unhurriedEntries.clear();
        boolean hasConflicts = !journalRecords.isEmpty();
        ChangeSet changeSet =
                new ChangeSet(documents, new TreeMap<>(entries), List.copyOf(journalRecords), journalLimit);
        changed.clear();
        hasUnnumberedUnclaimed = false;
        entries.clear();
        journalRecords.clear();
        return new Changes(changeSet, applied, hasConflicts);
    }

    record Changes(ChangeSet changeSet, List<Applied> applied, boolean hasConflicts) {}

    static byte[] vectorBytes(VersionVector vector) {
        Encoder out = new Encoder(24);
        out.putVector(vector);
        return out.toByteArray();
    }

    private static byte[] sequenceBytes(long sequence) {
        Encoder out = new Encoder(10);
        out.putVarint(sequence);
        return out.toByteArray();
    }

    private Optional<StoredDocument> stored(DocumentId id) {
        return store.document(id).map(StoredDocument::decode);
    }

    private Working working(DocumentId id) {
        return changed.computeIfAbsent(id, absent -> new Working(stored(id)));
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
