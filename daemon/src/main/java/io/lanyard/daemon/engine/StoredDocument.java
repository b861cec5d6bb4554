package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Timestamp;
import java.util.Optional;

/**
 * A document as its record in the {@link Store} has it.
 *
 * @param number where it stands in the arrival index
 * @param flippedAt the number at which it last became visible or invisible
 * @param hash the hash of what it shows, {@link Hash#ZERO} if it is not visible; its ETag
 * @param document the document itself
 * @param extensions what a newer minor version keeps with the record; goes from each record to the one that replaces it
 */
public record StoredDocument(long number, long flippedAt, Hash hash, Document document, Extensions extensions) {

    private static final int BORN = 1;
    private static final int GONE = 2;

    /** A record with nothing in it that this version does not know. */
    public StoredDocument(long number, long flippedAt, Hash hash, Document document) {
        this(number, flippedAt, hash, document, Extensions.NONE);
    }

    /** Returns the record's bytes. */
    byte[] encode() {
        Encoder out = new Encoder(128 + 32 * document.fields().size());
        out.putVarint(number);
        out.putVarint(flippedAt);
        out.putHash(hash);
        DocumentCodec.encode(document, out);
        extensions.encodeRest(out);
        return out.toByteArray();
    }

    /**
     * Reads a record.
     *
     * @throws io.lanyard.crdt.CodecException if the bytes are not one
     */
    public static StoredDocument decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        long number = in.takeVarint(1, Long.MAX_VALUE);
        long flippedAt = in.takeVarint(0, number);
        Hash hash = in.takeHash();
        Document document = DocumentCodec.decode(in);
        return new StoredDocument(number, flippedAt, hash, document, Extensions.decodeRest(in));
    }

    /** Returns the first write of this document that this replica met, if that is known. */
    Optional<Dot> born() {
        return extensions.field(BORN).map(in -> new Dot(new ReplicaId(in.takeLong()), in.takeSequence()));
    }

    /** Returns what the record of a document holds that is new here. */
    static Extensions bornWith(Document document) {
        Dot born = document.newestLifeDot();
        return born == null
                ? Extensions.NONE
                : Extensions.NONE.with(BORN, out -> {
                    out.putLong(born.replica().bits());
                    out.putVarint(born.sequence());
                });
    }

    /** Returns when the document was deleted of which nothing is left, milliseconds since 1970; 0 if not known. */
    public long goneAtMillis() {
        return extensions
                .field(GONE)
                .map(in -> in.takeVarint(0, Long.MAX_VALUE))
                .orElse(0L);
    }

    /** Returns the record with what is left of the document, which shows the same. */
    StoredDocument amended(Document rest) {
        Extensions more = extensions;
        if (rest.isEmpty() && document.died() != null) {
            long millis = Timestamp.millis(document.died().stamp().time());
            more = more.with(GONE, out -> out.putVarint(millis));
        }
        return new StoredDocument(number, flippedAt, hash, rest, more);
    }

    /** Returns the number at which a record stands, without reading the rest. */
    public static long numberOf(byte[] bytes) {
        return new Decoder(bytes).takeVarint();
    }

    /** Returns the ETag of a document that shows what {@code hash} stands for, without quotes. */
    public static String etag(Hash hash) {
        return hash.toString();
    }
}
