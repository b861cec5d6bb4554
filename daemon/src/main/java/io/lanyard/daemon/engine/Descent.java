package io.lanyard.daemon.engine;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Peer.DigestPair;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.ListedDocument;
import io.lanyard.daemon.message.Message.Listing;
import io.lanyard.daemon.message.Message.ListingRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.Message.Sums;
import io.lanyard.daemon.message.Message.SumsRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Finds the documents that differ between this replica and one peer: first the buckets whose sums differ (or all of
 * them, if it is to be proved), then the documents in them whose hashes differ, then those documents whole. One request is under way at a time, and memory is
 * bounded whatever the peer answers.
 *
 * <p>Both replicas may write and catch up meanwhile, so sums and hashes may differ without need; they only say where to
 * look. A bucket whose sums were equal once is left out for good. What counts is the last look at a document: <em>it
 * differs if each side claims everything that was ever merged into the document of the other, and they show something
 * else</em>. For then, by the claim rule, both hold the same writes of it, or what superseded them (what
 * a context leaves out as settled is under what its replica collected, which the other has to claim as well). That follows from
 * equal vectors, and can be told of a document while others are being written. A document for which it does not hold is
 * looked at again some times; one for which it never holds makes the peer not comparable, and nobody is alarmed.
 *
 * <p>After Merkle, "A Digital Signature Based on a Conventional Encryption Function" (1987), of two levels; differs in
 * that the sums of a level may be of different moments.
 */
final class Descent {

    private static final int MAX_SUMS = 10;
    private static final int MAX_UNSETTLED_BUCKETS = 64;
    private static final int CONFIRMED_AT_ONCE = 64;
    private static final int MAX_LOOKS = 10;
    private static final int MAX_UNSETTLED = 64;
    private static final int MAX_TRIES = 3;
    private static final long PAUSE_MILLIS = 250;

    static final String STILL_SYNCING = "not comparable now: still syncing";

    private final Peer peer;
    private final Purpose purpose;
    private final ReplicaState state;
    private final ComparisonServer own;
    private final Settings settings;
    private final RandomGenerator random;

    private final BitSet suspects = new BitSet(Digest.BUCKETS);
    private final Stretch ours = new Stretch();
    private final Stretch theirs = new Stretch();
    /** Documents to look at whole, and how often that was done. */
    private final Map<DocumentId, Integer> pending = new LinkedHashMap<>();

    private final TreeSet<DocumentId> differing = new TreeSet<>();
    private long replaced;
    private int unsettled;
    private int sumsTaken;
    private boolean isListing;
    private PeerResult result;

    private Message request;
    private long requestId;
    private boolean isRequestDue;
    private int tries;
    private long askedMillis;
    private long notBeforeMillis;

    /**
     * Begins.
     *
     * @param purpose how thoroughly to look, and what to do with what is found
     */
    Descent(
            Peer peer,
            Purpose purpose,
            ReplicaState state,
            ComparisonServer own,
            Settings settings,
            RandomGenerator random) {
        this.peer = peer;
        this.purpose = purpose;
        this.state = state;
        this.own = own;
        this.settings = settings;
        this.random = random;
        suspects.set(0, Digest.BUCKETS);
    }

    /** What a descent is for. */
    enum Purpose {
        /** Look where the digests differ: each side checks its own digest now and then. */
        COMPARE,
        /** Look at every document of both sides, whatever the digests say. */
        PROVE,
        /** Look at every document, and replace those that differ by what the peer has. */
        REPAIR
    }

    /** What was listed of one side and not looked at yet, in the order of names. */
    private static final class Stretch {
        final Deque<ListedDocument> documents = new ArrayDeque<>();
        DocumentId at;
        boolean isAtEnd;

        void take(List<ListedDocument> listed, DocumentId next) {
            documents.addAll(listed);
            at = next;
            isAtEnd = next == null;
        }

        boolean needsMore() {
            return documents.isEmpty() && !isAtEnd;
        }
    }

    Peer peer() {
        return peer;
    }

    /** Returns what came of it, once it ended. */
    Optional<PeerResult> result() {
        return Optional.ofNullable(result);
    }

    /** Returns how many documents were replaced here. */
    long replaced() {
        return replaced;
    }

    /** Returns true if it can go on without an answer. */
    boolean hasWork() {
        return result == null && isListing && request == null && pending.isEmpty();
    }

    /** Goes on as far as it can without an answer, but for a bounded time. */
    void pursue(long nowMillis) {
        if (result != null) {
            return;
        }
        if (request != null) {
            repeat(nowMillis);
        } else if (nowMillis >= notBeforeMillis) {
            askNext();
        }
    }

    private void repeat(long nowMillis) {
        if (isRequestDue || nowMillis - askedMillis <= settings.pageTimeoutMillis()) {
            return;
        }
        if (tries < MAX_TRIES) {
            isRequestDue = true;
        } else {
            end(Verdict.NO_ANSWER, "it did not answer within " + MAX_TRIES * settings.pageTimeoutMillis() + " ms");
        }
    }

    private void askNext() {
        if (!isListing) {
            ask(new SumsRequest(nextId()));
            return;
        }
        if (ours.needsMore()) {
            List<ListedDocument> listed = new ArrayList<>();
            DocumentId next = own.list(suspects, ours.at, listed);
            ours.take(listed, next);
        }
        join();
        boolean isListed = ours.isAtEnd && ours.documents.isEmpty() && theirs.isAtEnd && theirs.documents.isEmpty();
        if (pending.size() >= CONFIRMED_AT_ONCE || isListed && !pending.isEmpty()) {
            List<DocumentId> ids =
                    pending.keySet().stream().limit(CONFIRMED_AT_ONCE).toList();
            ask(new DocumentsRequest(nextId(), ids));
        } else if (isListed) {
            conclude();
        } else if (theirs.needsMore()) {
            ask(new ListingRequest(nextId(), (BitSet) suspects.clone(), theirs.at));
        }
    }

    private long nextId() {
        requestId = random.nextLong();
        return requestId;
    }

    private void ask(Message message) {
        request = message;
        isRequestDue = true;
        tries = 0;
    }

    /** Returns the request that is due after the commit. */
    Optional<Send> takeRequest(long nowMillis) {
        if (result != null || !isRequestDue) {
            return Optional.empty();
        }
        isRequestDue = false;
        tries++;
        askedMillis = nowMillis;
        return Optional.of(new Send(peer.member, request));
    }

    /** Passes over both listings at once, up to where one of them has to be continued. */
    private void join() {
        while (!ours.needsMore() && !theirs.needsMore() && pending.size() < CONFIRMED_AT_ONCE) {
            ListedDocument here = ours.documents.peek();
            ListedDocument there = theirs.documents.peek();
            if (here == null && there == null) {
                return;
            }
            int order = here == null ? 1 : there == null ? -1 : here.id().compareTo(there.id());
            if (order <= 0) {
                ours.documents.remove();
            }
            if (order >= 0) {
                theirs.documents.remove();
            }
            if (order != 0 || !here.hash().equals(there.hash())) {
                pending.put(order <= 0 ? here.id() : there.id(), 0);
            }
        }
    }

    /** Takes an answer; one that was not asked for is left alone. */
    void take(MemberId from, Message answer, boolean isCatchingUp, long wallMillis, long nowMillis) {
        if (result != null || request == null || !from.equals(peer.member)) {
            return;
        }
        if (answer instanceof Sums sums && sums.request() == requestId && request instanceof SumsRequest) {
            request = null;
            takeSums(sums, isCatchingUp, nowMillis);
        } else if (answer instanceof Listing listing
                && listing.request() == requestId
                && request instanceof ListingRequest) {
            request = null;
            takeListing(listing);
        } else if (answer instanceof Documents documents
                && documents.request() == requestId
                && request instanceof DocumentsRequest) {
            request = null;
            takeDocuments(documents, wallMillis, nowMillis);
        }
        pursue(nowMillis);
    }

    private void takeSums(Sums sums, boolean isCatchingUp, long nowMillis) {
        sumsTaken++;
        BitSet unequal = new BitSet(Digest.BUCKETS);
        state.digest().differingBuckets(sums.digest()).forEach(unequal::set);
        suspects.and(unequal);
        boolean isSettled = !state.hasChanges()
                && !isCatchingUp
                && !sums.isCatchingUp()
                && sums.vectorHash().equals(state.vector().hash());
        boolean isBusy = suspects.cardinality() > MAX_UNSETTLED_BUCKETS || purpose == Purpose.REPAIR;
        if (suspects.isEmpty() && purpose == Purpose.COMPARE) {
            end(Verdict.SAME, "");
        } else if (isSettled || suspects.isEmpty() && purpose == Purpose.PROVE) {
            beginListing();
        } else if (sumsTaken < MAX_SUMS) {
            notBeforeMillis = nowMillis + PAUSE_MILLIS;
        } else if (isBusy) {
            end(Verdict.NOT_COMPARABLE, STILL_SYNCING);
        } else {
            beginListing();
        }
    }

    private void beginListing() {
        isListing = true;
        if (purpose != Purpose.COMPARE) {
            suspects.set(0, Digest.BUCKETS);
        }
    }

    private void takeListing(Listing listing) {
        boolean isAdvancing =
                listing.next() == null || theirs.at == null || listing.next().compareTo(theirs.at) > 0;
        boolean isAfter = listing.documents().isEmpty()
                || theirs.at == null
                || listing.documents().get(0).id().compareTo(theirs.at) > 0;
        if (isAdvancing && isAfter) {
            theirs.take(listing.documents(), listing.next());
        } else {
            end(Verdict.NO_ANSWER, "its answers make no sense");
        }
    }

    private void takeDocuments(Documents answer, long wallMillis, long nowMillis) {
        for (PagedDocument paged : answer.documents()) {
            judge(paged.id(), paged.document(), answer, wallMillis);
        }
        for (DocumentId id : answer.absent()) {
            judge(id, new Document(), answer, wallMillis);
        }
        for (DocumentId id : answer.unreadable()) {
            if (pending.remove(id) != null) {
                note(id);
            }
        }
        if (pending.values().stream().anyMatch(looks -> looks > 0)) {
            notBeforeMillis = nowMillis + PAUSE_MILLIS;
        }
        if (unsettled >= MAX_UNSETTLED || differing.size() >= VerifyReport.MAX_NAMED && purpose != Purpose.REPAIR) {
            conclude();
        }
    }

    private void judge(DocumentId id, Document their, Documents answer, long wallMillis) {
        Integer looks = pending.remove(id);
        if (looks == null) {
            return;
        }
        Optional<Document> our = readOwn(id);
        if (our.isPresent() && our.get().visibleHash(id).equals(their.visibleHash(id))) {
            return;
        }
        VersionVector held = answer.vector();
        boolean isExplored = held.equals(state.vector())
                && new DigestPair(state.digest().root(), peer.digest).equals(peer.alarmedFor);
        boolean isComparable = held.covers(state.claims().collected())
                && state.vector().covers(answer.collected())
                && (our.isEmpty()
                        ? held.covers(state.vector())
                        : held.covers(our.get().context()) && state.vector().covers(their.context()));
        if (isComparable || isExplored) {
            note(id);
            if (purpose == Purpose.REPAIR) {
                state.restore(id, their, answer.newestDropped(), wallMillis);
                replaced++;
            }
        } else if (looks + 1 < MAX_LOOKS) {
            pending.put(id, looks + 1);
        } else {
            unsettled++;
        }
    }

    private Optional<Document> readOwn(DocumentId id) {
        try {
            return Optional.of(state.document(id));
        } catch (DamagedException | CodecException e) {
            return Optional.empty();
        }
    }

    private void note(DocumentId id) {
        if (differing.size() < VerifyReport.MAX_NAMED) {
            differing.add(id);
        }
    }

    /** The peer is gone. */
    void abandon() {
        end(Verdict.NO_ANSWER, "it went away");
    }

    /** Nothing may be compared now. */
    void giveUp(String detail) {
        end(Verdict.NOT_COMPARABLE, detail);
    }

    private void conclude() {
        if (!differing.isEmpty()) {
            end(Verdict.DIFFERS, "");
        } else if (unsettled > 0) {
            end(Verdict.NOT_COMPARABLE, STILL_SYNCING);
        } else {
            end(Verdict.SAME, "");
        }
    }

    private void end(Verdict verdict, String detail) {
        if (result == null) {
            boolean hasMore = !differing.isEmpty()
                    && (unsettled > 0 || differing.size() >= VerifyReport.MAX_NAMED || verdict != Verdict.DIFFERS);
            Verdict found = differing.isEmpty() ? verdict : Verdict.DIFFERS;
            result = new PeerResult(peer.device, found, detail, List.copyOf(differing), hasMore);
        }
    }
}
