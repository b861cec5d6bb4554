package io.lanyard.daemon.message;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Digest;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.message.Message.Documents;
import io.lanyard.daemon.message.Message.DocumentsRequest;
import io.lanyard.daemon.message.Message.ListedDocument;
import io.lanyard.daemon.message.Message.Listing;
import io.lanyard.daemon.message.Message.ListingRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.Message.Sums;
import io.lanyard.daemon.message.Message.SumsRequest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The binary form of the messages by which two replicas find out where they differ: kind and content. */
final class ComparisonCodec {

    private static final int SUMS_REQUEST = 6;
    private static final int SUMS = 7;
    private static final int LISTING_REQUEST = 8;
    private static final int LISTING = 9;
    private static final int DOCUMENTS_REQUEST = 10;
    private static final int DOCUMENTS = 11;

    private static final int BUCKET_BYTES = Digest.BUCKETS / 8;
    /** Two names of a letter each, with their lengths. */
    private static final int LEAST_NAME_BYTES = 4;

    private ComparisonCodec() {}

    /** Appends kind and content of one of these messages; nothing for another. */
    static void put(Message message, Encoder out) {
        if (message instanceof SumsRequest request) {
            out.putByte(SUMS_REQUEST);
            out.putLong(request.request());
        } else if (message instanceof Sums sums) {
            out.putByte(SUMS);
            out.putLong(sums.request());
            out.putHash(sums.vectorHash());
            out.putByte(sums.isCatchingUp() ? 1 : 0);
            out.putBytes(sums.digest().encode());
        } else if (message instanceof ListingRequest request) {
            out.putByte(LISTING_REQUEST);
            out.putLong(request.request());
            putBuckets(request.buckets(), out);
            putPlace(request.after(), out);
        } else if (message instanceof Listing listing) {
            out.putByte(LISTING);
            putListing(listing, out);
        } else if (message instanceof DocumentsRequest request) {
            out.putByte(DOCUMENTS_REQUEST);
            out.putLong(request.request());
            putNames(request.ids(), out);
        } else if (message instanceof Documents documents) {
            out.putByte(DOCUMENTS);
            putDocuments(documents, out);
        }
    }

    /**
     * Reads the content of a message of this kind; {@code null} if the kind is not one of these.
     *
     * @throws CodecException if the content is damaged or hostile
     */
    static Message take(int kind, Decoder in) {
        return switch (kind) {
            case SUMS_REQUEST -> new SumsRequest(in.takeLong());
            case SUMS ->
                new Sums(
                        in.takeLong(),
                        in.takeHash(),
                        in.takeVarint(0, 1) == 1,
                        Digest.decode(in.takeBytes(Digest.BUCKETS * Hash.BYTES)));
            case LISTING_REQUEST ->
                new ListingRequest(in.takeLong(), BitSet.valueOf(in.takeBytes(BUCKET_BYTES)), takePlace(in));
            case LISTING -> takeListing(in);
            case DOCUMENTS_REQUEST -> {
                long request = in.takeLong();
                List<DocumentId> ids = takeNames(in);
                if (ids.size() > DocumentsRequest.MAX_DOCUMENTS) {
                    throw new CodecException(ids.size() + " documents are too many for one request");
                }
                yield new DocumentsRequest(request, ids);
            }
            case DOCUMENTS -> takeDocuments(in);
            default -> null;
        };
    }

    private static void putListing(Listing listing, Encoder out) {
        out.putLong(listing.request());
        out.putVarint(listing.documents().size());
        for (ListedDocument listed : listing.documents()) {
            putName(listed.id(), out);
            out.putHash(listed.hash());
        }
        putPlace(listing.next(), out);
    }

    private static Listing takeListing(Decoder in) {
        long request = in.takeLong();
        int count = in.takeCount(LEAST_NAME_BYTES + Hash.BYTES);
        List<ListedDocument> documents = new ArrayList<>(count);
        DocumentId previous = null;
        for (int i = 0; i < count; i++) {
            ListedDocument listed = new ListedDocument(Write.takeDocumentId(in), in.takeHash());
            if (previous != null && previous.compareTo(listed.id()) >= 0) {
                throw new CodecException("listed documents out of order");
            }
            previous = listed.id();
            documents.add(listed);
        }
        return new Listing(request, documents, takePlace(in));
    }

    private static void putDocuments(Documents documents, Encoder out) {
        out.putLong(documents.request());
        out.putVector(documents.vector());
        out.putVector(documents.collected());
        out.putLong(documents.newestDropped());
        out.putVarint(documents.documents().size());
        for (PagedDocument document : documents.documents()) {
            putName(document.id(), out);
            DocumentCodec.encode(document.document(), out);
        }
        putNames(documents.absent(), out);
        putNames(documents.unreadable(), out);
    }

    private static Documents takeDocuments(Decoder in) {
        long request = in.takeLong();
        var vector = in.takeVector();
        var collected = in.takeVector();
        long newestDropped = in.takeLong();
        int count = in.takeCount(20);
        List<PagedDocument> documents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            documents.add(new PagedDocument(Write.takeDocumentId(in), DocumentCodec.decode(in)));
        }
        return new Documents(request, vector, collected, newestDropped, documents, takeNames(in), takeNames(in));
    }

    private static void putBuckets(BitSet buckets, Encoder out) {
        byte[] bytes = new byte[BUCKET_BYTES];
        byte[] set = buckets.toByteArray();
        System.arraycopy(set, 0, bytes, 0, Math.min(set.length, BUCKET_BYTES));
        out.putBytes(bytes);
    }

    private static void putPlace(DocumentId place, Encoder out) {
        out.putByte(place == null ? 0 : 1);
        if (place != null) {
            putName(place, out);
        }
    }

    private static DocumentId takePlace(Decoder in) {
        return in.takeVarint(0, 1) == 0 ? null : Write.takeDocumentId(in);
    }

    private static void putNames(List<DocumentId> ids, Encoder out) {
        out.putVarint(ids.size());
        ids.forEach(id -> putName(id, out));
    }

    private static List<DocumentId> takeNames(Decoder in) {
        int count = in.takeCount(LEAST_NAME_BYTES);
        List<DocumentId> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(Write.takeDocumentId(in));
        }
        return ids;
    }

    private static void putName(DocumentId id, Encoder out) {
        out.putText(id.collection());
        out.putText(id.id());
    }
}
