package io.lanyard.daemon.message;

import io.lanyard.crdt.Digest;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

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
     * @param clientTimestamps when the writing program says that a change happened, by the change's place in the write;
     *     for display only, and at most {@value #MAX_CLIENT_TIMESTAMP} characters each
     */
    record LiveWrite(Write write, VersionVector needs, Unclaimed unclaimed, SortedMap<Integer, String> clientTimestamps)
            implements Message {

        /** The longest time of a program's own, in characters. */
        public static final int MAX_CLIENT_TIMESTAMP = 64;

        /** Makes the map unmodifiable. */
        public LiveWrite {
            clientTimestamps = Collections.unmodifiableSortedMap(clientTimestamps);
        }

        /** Makes a write of which nobody says when it happened. */
        public LiveWrite(Write write, VersionVector needs, Unclaimed unclaimed) {
            this(write, needs, unclaimed, Collections.emptySortedMap());
        }
    }

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
     * @param vector its vector
     * @param promised what it ever said every device has
     * @param collected what it knows that every device has promised, and has dropped the garbage of
     * @param reach the highest dots of what it holds but does not claim
     * @param digest the digest of what it shows
     * @param explored digests of others that claimed the same and showed something else, and whose index it walked from
     *     the start without coming to show the same; at most {@value #MAX_EXPLORED}
     * @param isCatchingUp whether it is in the middle of a walk
     * @param isFenced whether it goes through the fence: nothing is to be taken from it, and it serves nothing
     * @param hasLostData whether it has to go through the fence because it lost something that it had
     * @param lineage which group it belongs to
     * @param registryHash the hash of the devices that it knows
     * @param registry the devices that it knows, if they are new or were asked for, else {@code null}
     * @param wallMillis its wall clock, milliseconds since 1970
     * @param openedMillis what its wall clock showed when this opening began, milliseconds since 1970
     * @param isRefusing whether it does not sync because another live device has its identity and was opened before
     * @param cleared what it knows that every device has dropped the garbage of
     */
    record Summary(
            Device device,
            long opening,
            ReplicaId replica,
            VectorNews vector,
            VectorNews promised,
            VectorNews collected,
            VersionVector reach,
            Hash digest,
            Set<Hash> explored,
            boolean isCatchingUp,
            boolean isFenced,
            boolean hasLostData,
            Lineage lineage,
            Hash registryHash,
            List<Registration> registry,
            long wallMillis,
            long openedMillis,
            boolean isRefusing,
            VectorNews cleared)
            implements Message {

        /** How many digests of others a summary names, at most. */
        public static final int MAX_EXPLORED = 16;

        /** How many devices a registry has, at most. */
        public static final int MAX_DEVICES = 4_096;

        /** Makes the registry unmodifiable. */
        public Summary {
            registry = registry == null ? null : List.copyOf(registry);
        }

        /** Returns the same of a replica that was opened then. */
        public Summary opened(long atMillis, boolean refuses) {
            return with(atMillis, refuses, cleared);
        }

        /** Returns the same of a replica that knows what every device has dropped the garbage of. */
        public Summary clearing(VectorNews level) {
            return with(openedMillis, isRefusing, level);
        }

        private Summary with(long atMillis, boolean refuses, VectorNews level) {
            return new Summary(
                    device,
                    opening,
                    replica,
                    vector,
                    promised,
                    collected,
                    reach,
                    digest,
                    explored,
                    isCatchingUp,
                    isFenced,
                    hasLostData,
                    lineage,
                    registryHash,
                    registry,
                    wallMillis,
                    atMillis,
                    refuses,
                    level);
        }
    }

    /**
     * A vector that was told before, with what is new in it; or all of it.
     *
     * @param base the hash of the vector that {@code changes} builds upon, or {@code null} if they are the whole vector
     * @param changes entries that are new since
     * @param hash the hash of the whole vector
     */
    record VectorNews(Hash base, VersionVector changes, Hash hash) {

        /** An empty vector, whole. */
        public static final VectorNews NOTHING = whole(new VersionVector());

        /** Returns a whole vector as news; {@code vector} must not be changed afterwards. */
        public static VectorNews whole(VersionVector vector) {
            return new VectorNews(null, vector, vector.hash());
        }
    }

    /**
     * A group of devices that have data in common: when its first store was made, and a random number. A device that
     * joins takes over the lineage of those whom it joins.
     *
     * @param createdMillis by the wall clock of that device, milliseconds since 1970
     * @param random tells groups apart that began at the same time
     */
    record Lineage(long createdMillis, long random) implements Comparable<Lineage> {

        /** Orders the older group before the younger. */
        @Override
        public int compareTo(Lineage other) {
            int byTime = Long.compare(createdMillis, other.createdMillis);
            return byTime != 0 ? byTime : Long.compareUnsigned(random, other.random);
        }
    }

    /**
     * What is known of a device in the registry. Of two about one device the greater wins everywhere.
     *
     * @param id the device
     * @param name its name for people
     * @param isRetired whether a person said that it does not count any more
     * @param time when that was said, a packed {@link io.lanyard.crdt.Timestamp}; 0 for a device that was just met
     * @param by the device at which it was said, empty for a device that was just met
     */
    record Registration(String id, String name, boolean isRetired, long time, String by)
            implements Comparable<Registration> {

        /** Orders what was said before what was said later. */
        @Override
        public int compareTo(Registration other) {
            return Comparator.comparing(Registration::time, Timestamp::compare)
                    .thenComparing(Registration::by)
                    .thenComparing(Registration::isRetired)
                    .thenComparing(Registration::name)
                    .compare(this, other);
        }
    }

    /** Asks for a {@link Summary} with the whole vector. */
    record SummaryRequest() implements Message {}

    /**
     * Asks for the next page of a walk. The server keeps nothing between pages.
     *
     * @param walk the puller's name for this walk
     * @param checkpoint where to go on in the server's arrival index
     * @param held the puller's vector: documents whose context it covers can be left out
     * @param isForFence whether everything is asked for, since the puller goes through the fence; {@code held} is empty
     *     then
     */
    record PageRequest(long walk, Checkpoint checkpoint, VersionVector held, boolean isForFence) implements Message {

        /** Asks for what is missing only. */
        public PageRequest(long walk, Checkpoint checkpoint, VersionVector held) {
            this(walk, checkpoint, held, false);
        }
    }

    /**
     * A stretch of the server's arrival index, from committed state only.
     *
     * @param walk the puller's name for this walk
     * @param checkpoint where the next page starts
     * @param documents whole documents, in the order of the index
     * @param raise at the tail of the index the server's vector as far as it goes beyond the puller's, to be taken over
     *     together with this page; {@code null} before the tail
     * @param estate what else whoever goes through the fence takes over at the tail; {@code null} for others
     * @param writers the ids of the devices that wrote what is in the documents, by replica id, as far as they are known
     *     and may be new to the puller
     */
    record Page(
            long walk,
            Checkpoint checkpoint,
            List<PagedDocument> documents,
            VersionVector raise,
            Estate estate,
            SortedMap<ReplicaId, String> writers)
            implements Message {

        /** Makes the collections unmodifiable. */
        public Page {
            documents = List.copyOf(documents);
            writers = Collections.unmodifiableSortedMap(writers);
        }

        /** A page for somebody who does not go through the fence. */
        public Page(long walk, Checkpoint checkpoint, List<PagedDocument> documents, VersionVector raise) {
            this(walk, checkpoint, documents, raise, null, Collections.emptySortedMap());
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
     * @param collected up to where the server dropped garbage: the documents may lack context under it
     * @param newestDropped the newest timestamp of what the server dropped as garbage, a packed {@link
     *     io.lanyard.crdt.Timestamp}: whoever takes a document over must stamp later writes above it
     * @param documents those that it has, whole
     * @param absent those that it knows nothing of
     * @param unreadable those that are damaged in its store
     */
    record Documents(
            long request,
            VersionVector vector,
            VersionVector collected,
            long newestDropped,
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
     * What a device takes over from a server that it goes through the fence with, besides documents and vector.
     *
     * @param promised see {@link Summary#promised}
     * @param collected see {@link Summary#collected}
     * @param cleared see {@link Summary#cleared}
     * @param lineage the server's group
     * @param newestDropped the newest timestamp of what the server dropped as garbage, a packed {@link
     *     io.lanyard.crdt.Timestamp}: somebody may still hold it, so writes must beat it
     */
    record Estate(
            VersionVector promised,
            VersionVector collected,
            VersionVector cleared,
            Lineage lineage,
            long newestDropped) {

        /** Returns the same where every device is known to have dropped the garbage under {@code level}. */
        public Estate clearing(VersionVector level) {
            return new Estate(promised, collected, level, lineage, newestDropped);
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
