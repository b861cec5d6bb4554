package io.lanyard.daemon.message;

import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/** What daemons say to each other. This folder is the protocol; docs/protocol.md has it byte by byte. */
public sealed interface Message {

    /**
     * A write as it happens, to everybody. It may be lost, since it comes again by catch-up.
     *
     * @param write the write
     * @param needs what its writer had seen when it wrote, as far as that is new since its previous live write; whoever
     *     does not claim all of it holds the write back
     * @param unclaimed what its writer held besides, without claiming it, or {@code null} if nothing; whoever does not
     *     hold all of that holds the write back, too
     */
    record LiveWrite(Write write, VersionVector needs, Unclaimed unclaimed) implements Message {}

    /**
     * What a replica holds but does not claim: pages of a walk that never came to its tail.
     *
     * @param reach the highest dots of it; whoever claims them all holds it
     * @param opening the present opening of the replica's store
     * @param number where in the arrival index of that opening the last of it stands; whoever walked that index to a
     *     tail there or later holds it
     */
    record Unclaimed(VersionVector reach, long opening, long number) {}

    /**
     * What a replica has committed, so that others can tell whether they lack something.
     *
     * @param device who speaks
     * @param opening the random id of its store's present opening
     * @param replica the replica id that it writes under, or {@code null} before its first write
     * @param base the hash of the vector that {@code changes} builds upon, or {@code null} if they are the whole vector
     * @param changes entries of its vector that are new since {@code base}
     * @param vectorHash the hash of its whole vector
     * @param reach the highest dots of what it holds but does not claim
     * @param digest the digest of what it shows
     * @param explored digests of others that claimed the same and showed something else, and whose index it walked from
     *     the start without coming to show the same; at most {@value #MAX_EXPLORED}
     * @param isCatchingUp whether it is in the middle of a walk
     * @param wallMillis its wall clock, milliseconds since 1970
     */
    record Summary(
            Device device,
            long opening,
            ReplicaId replica,
            Hash base,
            VersionVector changes,
            Hash vectorHash,
            VersionVector reach,
            Hash digest,
            Set<Hash> explored,
            boolean isCatchingUp,
            long wallMillis)
            implements Message {

        /** How many digests of others a summary names, at most. */
        public static final int MAX_EXPLORED = 16;
    }

    /** Asks for a {@link Summary} with the whole vector. */
    record SummaryRequest() implements Message {}

    /**
     * Asks for the next page of a walk. The server keeps nothing between pages.
     *
     * @param walk the puller's name for this walk
     * @param checkpoint where to go on in the server's arrival index
     * @param held the puller's vector: documents whose context it covers can be left out
     */
    record PageRequest(long walk, Checkpoint checkpoint, VersionVector held) implements Message {}

    /**
     * A stretch of the server's arrival index, from committed state only.
     *
     * @param walk the puller's name for this walk
     * @param checkpoint where the next page starts
     * @param documents whole documents, in the order of the index
     * @param raise at the tail of the index the server's vector as far as it goes beyond the puller's, to be taken over
     *     together with this page; {@code null} before the tail
     */
    record Page(long walk, Checkpoint checkpoint, List<PagedDocument> documents, VersionVector raise)
            implements Message {

        /** Makes the list unmodifiable. */
        public Page {
            documents = List.copyOf(documents);
        }

        /** Returns true if the server has nothing beyond this page. */
        public boolean isTail() {
            return raise != null;
        }
    }

    /**
     * What a device of a newer minor version said and this one does not understand: to be passed over and counted.
     *
     * @param minor the sender's minor protocol version
     * @param kind the kind of message
     */
    record Unknown(int minor, int kind) implements Message {}

    /**
     * Asks for the sums of the digest's buckets.
     *
     * @param request the asker's own name for this request, which the answer repeats
     */
    record SumsRequest(long request) implements Message {}

    /**
     * What a replica shows, bucket by bucket, from committed state only.
     *
     * @param request the asker's name for the request
     * @param vectorHash the hash of its vector
     * @param isCatchingUp whether it is in the middle of a walk
     * @param digest its digest; a copy
     */
    record Sums(long request, Hash vectorHash, boolean isCatchingUp, Digest digest) implements Message {}

    /**
     * Asks for the next stretch of the visible documents of some buckets, in the order of their names. The server keeps
     * nothing between requests.
     *
     * @param request the asker's own name for this request, which the answer repeats
     * @param buckets the buckets meant; a copy
     * @param after the last name of the stretch before, or {@code null} for the start
     */
    record ListingRequest(long request, BitSet buckets, DocumentId after) implements Message {}

    /**
     * A stretch of the visible documents of some buckets, from committed state only.
     *
     * @param request the asker's name for the request
     * @param documents what the stretch has of these buckets, in the order of names
     * @param next the last name that was looked at, or {@code null} if there is nothing beyond
     */
    record Listing(long request, List<ListedDocument> documents, DocumentId next) implements Message {

        /** Makes the list unmodifiable. */
        public Listing {
            documents = List.copyOf(documents);
        }
    }

    /**
     * A visible document in a {@link Listing}.
     *
     * @param id its name
     * @param hash the hash of what it shows, worked out anew from the stored document
     */
    record ListedDocument(DocumentId id, Hash hash) {}

    /**
     * Asks for named documents whole.
     *
     * @param request the asker's own name for this request, which the answer repeats
     * @param ids their names, at most {@value #MAX_DOCUMENTS}
     */
    record DocumentsRequest(long request, List<DocumentId> ids) implements Message {

        /** How many documents a request names, at most. */
        public static final int MAX_DOCUMENTS = 256;

        /** Makes the list unmodifiable. */
        public DocumentsRequest {
            ids = List.copyOf(ids);
        }
    }

    /**
     * Named documents as they are now, from committed state only. What was asked for and stands in none of the lists did
     * not fit in: it is to be asked for again.
     *
     * @param request the asker's name for the request
     * @param vector what the server claims; the documents hold all of that, as far as it concerns them
     * @param documents those that it has, whole
     * @param absent those that it knows nothing of
     * @param unreadable those that are damaged in its store
     */
    record Documents(
            long request,
            VersionVector vector,
            List<PagedDocument> documents,
            List<DocumentId> absent,
            List<DocumentId> unreadable)
            implements Message {

        /** Makes the lists unmodifiable. */
        public Documents {
            documents = List.copyOf(documents);
            absent = List.copyOf(absent);
            unreadable = List.copyOf(unreadable);
        }
    }

    /**
     * A device, as it names itself.
     *
     * @param id its stable id
     * @param name its name for people
     */
    record Device(String id, String name) {

        /** The longest id, and the longest name, in characters. */
        public static final int MAX_LENGTH = 128;
    }

    /**
     * A place in a server's arrival index.
     *
     * @param opening the opening of the server's store in which it was reached, 0 for none
     * @param number everything up to this number was merged
     * @param isAtTail whether the index ended there
     */
    record Checkpoint(long opening, long number, boolean isAtTail) {

        /** The start of any index. */
        public static final Checkpoint START = new Checkpoint(0, 0, false);
    }

    /**
     * A whole document on its way to another replica.
     *
     * @param id its name
     * @param document everything that the server holds of it
     */
    record PagedDocument(DocumentId id, Document document) {}
}
