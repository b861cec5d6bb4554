package io.lanyard.crdt;

import java.util.ArrayList;
import java.util.List;

/**
 * One local operation, over one document or a batch of many: one dot, and one commit wherever it is received live.
 *
 * @param dot its name
 * @param client the name that the writing program gave itself, empty if none; at most {@value #MAX_CLIENT_LENGTH}
 *     characters
 * @param changes what it did to each document, no document twice
 */
public record Write(Dot dot, String client, List<Change> changes) {

    /** The longest name of a client, in characters. */
    public static final int MAX_CLIENT_LENGTH = 64;

    /** Two names of a letter each, and an empty document. */
    private static final int LEAST_CHANGE_BYTES = 18;

    /** Makes the list unmodifiable. */
    public Write {
        changes = List.copyOf(changes);
    }

    /**
     * What a write did to one document.
     *
     * @param id the document
     * @param fragment the registers that were written, with the document's context and marks at that time
     */
    public record Change(DocumentId id, Document fragment) {}

    /** Appends the write's bytes. */
    public void encode(Encoder encoder) {
        encoder.putLong(dot.replica().bits());
        encoder.putVarint(dot.sequence());
        encoder.putText(client);
        encoder.putVarint(changes.size());
        for (Change change : changes) {
            encoder.putText(change.id().collection());
            encoder.putText(change.id().id());
            DocumentCodec.encode(change.fragment(), encoder);
        }
    }

    /**
     * Reads a write.
     *
     * @throws CodecException if the bytes are not a write
     */
    public static Write decode(Decoder decoder) {
        Dot dot = new Dot(new ReplicaId(decoder.takeLong()), decoder.takeSequence());
        String client = decoder.takeText();
        if (client.length() > MAX_CLIENT_LENGTH) {
            throw new CodecException("a client's name of " + client.length() + " characters is too long");
        }
        int count = decoder.takeCount(LEAST_CHANGE_BYTES);
        List<Change> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            changes.add(new Change(takeDocumentId(decoder), DocumentCodec.decode(decoder)));
        }
        return new Write(dot, client, changes);
    }

    /**
     * Reads the two texts that name a document.
     *
     * @throws CodecException if the bytes are not a document's name
     */
    public static DocumentId takeDocumentId(Decoder decoder) {
        String collection = decoder.takeText();
        String id = decoder.takeText();
        try {
            return new DocumentId(collection, id);
        } catch (DocumentId.IllegalNameException e) {
            throw new CodecException(e.getMessage(), e);
        }
    }
}
