package io.lanyard.daemon.message;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.DocumentCodec;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.crdt.Write;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Estate;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.Message.PageRequest;
import io.lanyard.daemon.message.Message.PagedDocument;
import io.lanyard.daemon.message.Message.Registration;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.SummaryRequest;
import io.lanyard.daemon.message.Message.Unclaimed;
import io.lanyard.daemon.message.Message.Unknown;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The binary form of messages: the protocol's major and minor version and the kind of message, a byte each, then the
 * message, then {@link Extensions} to the end.
 *
 * <p>A new minor version may bring new kinds, which older ones pass over, and new fields of the old kinds, which go into
 * the extensions: a field that is absent is not written, so what has none of the new ones keeps its bytes. Whatever else
 * changes is a new major version: daemons of a lower one refuse it in words. Nothing that is unknown in a message is
 * kept, since no message is ever passed on; what is in its documents is (see {@link DocumentCodec}).
 */
public final class MessageCodec {

    /** The major protocol version: daemons of different ones do not understand each other. */
    public static final int MAJOR = 1;

    /** The minor protocol version: what newer ones add can be passed over. */
    public static final int MINOR = 0;

    private static final int LIVE_WRITE = 1;
    private static final int SUMMARY = 2;
    private static final int SUMMARY_REQUEST = 3;
    private static final int PAGE_REQUEST = 4;
    private static final int PAGE = 5;

    private static final int LIVE_WRITE_TIMESTAMPS = 1;

    private static final int PAGE_WRITERS = 1;
    private static final int PAGE_CLEARED = 2;

    private MessageCodec() {}

    /** Returns the message's bytes. */
    public static byte[] encode(Message message) {
        Encoder out = new Encoder(256);
        out.putByte(MAJOR);
        out.putByte(MINOR);
        if (message instanceof LiveWrite live) {
            out.putByte(LIVE_WRITE);
            out.putVector(live.needs());
            putUnclaimed(live.unclaimed(), out);
            live.write().encode(out);
            putTimestamps(live.clientTimestamps(), out);
        } else if (message instanceof Summary summary) {
            out.putByte(SUMMARY);
            SummaryCodec.put(summary, out);
        } else if (message instanceof SummaryRequest) {
            out.putByte(SUMMARY_REQUEST);
        } else if (message instanceof PageRequest request) {
            out.putByte(PAGE_REQUEST);
            out.putLong(request.walk());
            putCheckpoint(request.checkpoint(), out);
            out.putVector(request.held());
            out.putByte(request.isForFence() ? 1 : 0);
        } else if (message instanceof Page page) {
            out.putByte(PAGE);
            putPage(page, out);
        } else if (message instanceof Unknown) {
            throw new IllegalArgumentException("what is not known cannot be sent: " + message);
        } else {
            ComparisonCodec.put(message, out);
        }
        return out.toByteArray();
    }

    /**
     * Reads a message that fills all of {@code bytes}; {@link Unknown} if it is of a kind that a newer minor version
     * brought.
     *
     * @throws NewerVersionException if it is of a newer major version
     * @throws CodecException if it is damaged or hostile
     */
    public static Message decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        int major = in.takeByte();
        if (major > MAJOR) {
            throw new NewerVersionException(major);
        }
        if (major != MAJOR) {
            throw new CodecException("protocol version " + major + " was never in use");
        }
        int minor = in.takeByte();
        int kind = in.takeByte();
        Message message = take(kind, in);
        if (message == null && minor <= MINOR) {
            throw new CodecException("message kind " + kind + " is not known");
        }
        if (message == null) {
            return new Unknown(minor, kind);
        }
        Extensions.decodeRest(in);
        return message;
    }

    /** Returns {@code null} for a kind that is not known. */
    private static Message take(int kind, Decoder in) {
        return switch (kind) {
            case LIVE_WRITE -> {
                var needs = in.takeVector();
                var unclaimed = takeUnclaimed(in);
                yield new LiveWrite(Write.decode(in), needs, unclaimed, takeTimestamps(in));
            }
            case SUMMARY -> SummaryCodec.take(in);
            case SUMMARY_REQUEST -> new SummaryRequest();
            case PAGE_REQUEST ->
                new PageRequest(in.takeLong(), takeCheckpoint(in), in.takeVector(), in.takeVarint(0, 1) == 1);
            case PAGE -> takePage(in);
            default -> ComparisonCodec.take(kind, in);
        };
    }

    private static void putUnclaimed(Unclaimed unclaimed, Encoder out) {
        out.putByte(unclaimed == null ? 0 : 1);
        if (unclaimed != null) {
            out.putVector(unclaimed.reach());
            out.putLong(unclaimed.opening());
            out.putVarint(unclaimed.number());
        }
    }

    private static Unclaimed takeUnclaimed(Decoder in) {
        return in.takeVarint(0, 1) == 0
                ? null
                : new Unclaimed(in.takeVector(), in.takeLong(), in.takeVarint(0, Long.MAX_VALUE));
    }

    /** Appends a lineage: a varint of milliseconds and 8 bytes. */
    public static void putLineage(Lineage lineage, Encoder out) {
        out.putVarint(Math.max(0, lineage.createdMillis()));
        out.putLong(lineage.random());
    }

    /**
     * Reads a lineage.
     *
     * @throws CodecException if the bytes are not one
     */
    public static Lineage takeLineage(Decoder in) {
        return new Lineage(in.takeVarint(0, Long.MAX_VALUE), in.takeLong());
    }

    /** Appends a device's registration. */
    public static void putRegistration(Registration registration, Encoder out) {
        out.putText(registration.id());
        out.putText(registration.name());
        out.putByte(registration.isRetired() ? 1 : 0);
        out.putLong(registration.time());
        out.putText(registration.by());
    }

    /**
     * Reads a device's registration.
     *
     * @throws CodecException if the bytes are not one
     */
    public static Registration takeRegistration(Decoder in) {
        return new Registration(takeName(in), takeName(in), in.takeVarint(0, 1) == 1, in.takeLong(), takeName(in));
    }

    private static void putPage(Page page, Encoder out) {
        out.putLong(page.walk());
        putCheckpoint(page.checkpoint(), out);
        out.putVarint(page.documents().size());
        for (PagedDocument paged : page.documents()) {
            out.putText(paged.id().collection());
            out.putText(paged.id().id());
            DocumentCodec.encode(paged.document(), out);
        }
        out.putByte(page.isTail() ? 1 : 0);
        if (page.isTail()) {
            out.putVector(page.raise());
            putEstate(page.estate(), out);
        }
        Extensions added = Extensions.NONE;
        if (!page.writers().isEmpty()) {
            added = added.with(PAGE_WRITERS, content -> putWriters(page.writers(), content));
        }
        if (page.estate() != null && !page.estate().cleared().isEmpty()) {
            added = added.with(
                    PAGE_CLEARED, content -> content.putVector(page.estate().cleared()));
        }
        added.encodeRest(out);
    }

    private static void putTimestamps(SortedMap<Integer, String> timestamps, Encoder out) {
        if (timestamps.isEmpty()) {
            return;
        }
        Extensions.NONE
                .with(LIVE_WRITE_TIMESTAMPS, content -> {
                    content.putVarint(timestamps.size());
                    timestamps.forEach((index, timestamp) -> {
                        content.putVarint(index);
                        content.putText(timestamp);
                    });
                })
                .encodeRest(out);
    }

    private static SortedMap<Integer, String> takeTimestamps(Decoder in) {
        return Extensions.decodeRest(in)
                .field(LIVE_WRITE_TIMESTAMPS)
                .map(content -> {
                    SortedMap<Integer, String> timestamps = new TreeMap<>();
                    for (int left = content.takeCount(2); left > 0; left--) {
                        int index = (int) content.takeVarint(0, Integer.MAX_VALUE);
                        String timestamp = content.takeText();
                        if (timestamp.length() > LiveWrite.MAX_CLIENT_TIMESTAMP) {
                            throw new CodecException("a time of " + timestamp.length() + " characters is too long");
                        }
                        timestamps.put(index, timestamp);
                    }
                    return timestamps;
                })
                .orElseGet(TreeMap::new);
    }

    private static void putWriters(SortedMap<ReplicaId, String> writers, Encoder out) {
        out.putVarint(writers.size());
        writers.forEach((replica, device) -> {
            out.putLong(replica.bits());
            out.putText(device);
        });
    }

    private static SortedMap<ReplicaId, String> takeWriters(Decoder in) {
        SortedMap<ReplicaId, String> writers = new TreeMap<>();
        for (int left = in.takeCount(9); left > 0; left--) {
            writers.put(new ReplicaId(in.takeLong()), takeName(in));
        }
        return writers;
    }

    private static Page takePage(Decoder in) {
        long walk = in.takeLong();
        Checkpoint checkpoint = takeCheckpoint(in);
        int count = in.takeCount(20);
        List<PagedDocument> documents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            documents.add(new PagedDocument(Write.takeDocumentId(in), DocumentCodec.decode(in)));
        }
        boolean isTail = in.takeVarint(0, 1) == 1;
        VersionVector raise = isTail ? in.takeVector() : null;
        Estate estate = isTail ? takeEstate(in) : null;
        Extensions added = Extensions.decodeRest(in);
        SortedMap<ReplicaId, String> writers =
                added.field(PAGE_WRITERS).map(MessageCodec::takeWriters).orElseGet(Collections::emptySortedMap);
        if (estate != null) {
            VersionVector cleared =
                    added.field(PAGE_CLEARED).map(Decoder::takeVector).orElseGet(VersionVector::new);
            estate = estate.clearing(cleared);
        }
        return new Page(walk, checkpoint, documents, raise, estate, writers);
    }

    private static void putEstate(Estate estate, Encoder out) {
        out.putByte(estate == null ? 0 : 1);
        if (estate != null) {
            out.putVector(estate.promised());
            out.putVector(estate.collected());
            putLineage(estate.lineage(), out);
            out.putLong(estate.newestDropped());
        }
    }

    private static Estate takeEstate(Decoder in) {
        return in.takeVarint(0, 1) == 0
                ? null
                : new Estate(in.takeVector(), in.takeVector(), new VersionVector(), takeLineage(in), in.takeLong());
    }

    /** Appends a checkpoint: 8 bytes of opening, a varint of the number, a byte. */
    public static void putCheckpoint(Checkpoint checkpoint, Encoder out) {
        out.putLong(checkpoint.opening());
        out.putVarint(checkpoint.number());
        out.putByte(checkpoint.isAtTail() ? 1 : 0);
    }

    /**
     * Reads a checkpoint.
     *
     * @throws CodecException if the bytes are not one
     */
    public static Checkpoint takeCheckpoint(Decoder in) {
        return new Checkpoint(in.takeLong(), in.takeVarint(0, Long.MAX_VALUE), in.takeVarint(0, 1) == 1);
    }

    /**
     * Reads the id or the name of a device.
     *
     * @throws CodecException if it is too long
     */
    static String takeName(Decoder in) {
        String name = in.takeText();
        if (name.length() > Device.MAX_LENGTH) {
            throw new CodecException("a device's name of " + name.length() + " characters is too long");
        }
        return name;
    }

    /** Says that a message is of a newer major version than this daemon speaks. */
    public static final class NewerVersionException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final int version;

        NewerVersionException(int version) {
            super("protocol version " + version + " is newer than this daemon's " + MAJOR);
            this.version = version;
        }

        /** Returns the major version that the sender speaks. */
        public int version() {
            return version;
        }
    }
}
