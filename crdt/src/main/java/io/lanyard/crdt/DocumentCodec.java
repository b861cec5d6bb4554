package io.lanyard.crdt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The binary form of a document, version {@value #VERSION}; docs/protocol.md has it byte by byte.
 *
 * <p>Replica ids stand once, in a table; times are kept as the distance from the document's newest one. Equal documents
 * have equal bytes.
 *
 * <p>What a newer minor version adds, it adds as an extension, which every reader of this version keeps. Any other change
 * is a new version of the form, with which stores and daemons of this one can do nothing.
 */
public final class DocumentCodec {

    /** The version of the form, its first byte. */
    public static final int VERSION = 1;

    private static final int HAS_ALIVE = 1;
    private static final int HAS_DIED = 2;
    private static final int HAS_FLOOR = 4;
    private static final int HAS_EXTENSIONS = 8;
    private static final int KNOWN_FLAGS = HAS_ALIVE | HAS_DIED | HAS_FLOOR | HAS_EXTENSIONS;
    private static final int LEAST_FIELD_BYTES = 6;

    /** Four times what JSON may nest. Work on a path grows with the square of its depth. */
    private static final int MAX_PATH_DEPTH = 256;

    private DocumentCodec() {}

    /** Returns the document's bytes. */
    public static byte[] encode(Document document) {
        Encoder encoder = new Encoder(64 + 32 * document.fields.size());
        encode(document, encoder);
        return encoder.toByteArray();
    }

    /** Appends the document's bytes. */
    public static void encode(Document document, Encoder encoder) {
        new Writing(document, encoder).write();
    }

    /**
     * Reads a document that fills all of {@code bytes}.
     *
     * @throws CodecException if the bytes are not a document of this version
     */
    public static Document decode(byte[] bytes) {
        Decoder decoder = new Decoder(bytes);
        Document document = decode(decoder);
        decoder.expectEnd();
        return document;
    }

    /**
     * Reads a document.
     *
     * @throws CodecException if the bytes are not a document of this version
     */
    public static Document decode(Decoder decoder) {
        try {
            return new Reading(decoder).read();
        } catch (IllegalArgumentException e) {
            throw new CodecException("not a document: " + e.getMessage(), e);
        }
    }

    private static final class Writing {
        private final Document document;
        private final Encoder out;
        private final long newest;
        private final Map<ReplicaId, Integer> replicas = new LinkedHashMap<>();

        Writing(Document document, Encoder out) {
            this.document = document;
            this.out = out;
            newest = document.newestTime();
            for (LifeRegister life : new LifeRegister[] {document.alive, document.died, document.floor}) {
                if (life != null) {
                    note(life.stamp().replica());
                    note(life.dot().replica());
                }
            }
            document.fields.values().forEach(register -> note(register.dot().replica()));
            document.context.forEach((replica, sequence) -> note(replica));
            document.marks.forEach(dot -> note(dot.replica()));
        }

        void write() {
            out.putByte(VERSION);
            out.putByte((document.alive == null ? 0 : HAS_ALIVE)
                    | (document.died == null ? 0 : HAS_DIED)
                    | (document.floor == null ? 0 : HAS_FLOOR)
                    | (document.extensions.isEmpty() ? 0 : HAS_EXTENSIONS));
            out.putVarint(replicas.size());
            replicas.keySet().forEach(replica -> out.putLong(replica.bits()));
            out.putLong(newest);
            for (LifeRegister life : new LifeRegister[] {document.alive, document.died}) {
                if (life != null) {
                    putDot(life.dot());
                    out.putVarint(newest - life.stamp().time());
                }
            }
            if (document.floor != null) {
                putDot(document.floor.dot());
                out.putVarint(replicas.get(document.floor.stamp().replica()));
                out.putVarint(newest - document.floor.stamp().time());
            }
            out.putVarint(document.fields.size());
            document.fields.forEach((path, register) -> {
                out.putText(path.pointer());
                putDot(register.dot());
                out.putVarint(newest - register.time());
                out.putByte(register.isPresent() ? 1 : 0);
                if (register.isPresent()) {
                    out.putText(register.value());
                }
            });
            out.putVarint(document.context.size());
            document.context.forEach((replica, sequence) -> putDot(new Dot(replica, sequence)));
            out.putVarint(document.marks.size());
            document.marks.forEach(this::putDot);
            if (!document.extensions.isEmpty()) {
                document.extensions.encodeCounted(out);
            }
        }

        private void note(ReplicaId replica) {
            replicas.putIfAbsent(replica, replicas.size());
        }

        private void putDot(Dot dot) {
            out.putVarint(replicas.get(dot.replica()));
            out.putVarint(dot.sequence());
        }
    }

    private static final class Reading {
        private final Decoder in;
        private final List<ReplicaId> replicas = new ArrayList<>();
        private long newest;

        Reading(Decoder in) {
            this.in = in;
        }

        Document read() {
            int version = in.takeByte();
            if (version != VERSION) {
                throw new CodecException("document form " + version + " is not known, only " + VERSION);
            }
            int flags = in.takeByte();
            if ((flags & ~KNOWN_FLAGS) != 0) {
                throw new CodecException("document flags " + flags + " are not known");
            }
            for (int left = in.takeCount(8); left > 0; left--) {
                replicas.add(new ReplicaId(in.takeLong()));
            }
            newest = in.takeLong();
            if (!Timestamp.isAcceptable(newest)) {
                throw new CodecException("stamped past the year 9999");
            }
            Document document = new Document();
            document.alive = (flags & HAS_ALIVE) == 0 ? null : takeLife();
            document.died = (flags & HAS_DIED) == 0 ? null : takeLife();
            document.floor = (flags & HAS_FLOOR) == 0 ? null : takeFloor();
            takeFields(document);
            for (int left = in.takeCount(2); left > 0; left--) {
                Dot dot = takeDot();
                if (!document.context.raise(dot)) {
                    throw new CodecException("context names a replica twice");
                }
            }
            takeMarks(document);
            document.extensions = (flags & HAS_EXTENSIONS) == 0
                    ? Extensions.NONE
                    : Extensions.decodeCounted(in, Document.MAX_EXTENSION_BYTES);
            return document;
        }

        private void takeFields(Document document) {
            for (int left = in.takeCount(LEAST_FIELD_BYTES); left > 0; left--) {
                FieldPath path = takePath();
                if (!document.fields.isEmpty() && document.fields.lastKey().compareTo(path) >= 0) {
                    throw new CodecException("fields out of order");
                }
                Dot dot = takeDot();
                long time = takeTime();
                boolean present = in.takeVarint(0, 1) == 1;
                document.fields.put(path, new Register(time, dot, present ? in.takeText() : null));
            }
        }

        private FieldPath takePath() {
            String pointer = in.takeText();
            if (pointer.chars().filter(unit -> unit == '/').count() > MAX_PATH_DEPTH) {
                throw new CodecException("a path is more than " + MAX_PATH_DEPTH + " deep");
            }
            return new FieldPath(pointer);
        }

        private void takeMarks(Document document) {
            int count = in.takeCount(2);
            if (count > Document.MAX_MARKS) {
                throw new CodecException(count + " marks are too many");
            }
            for (int left = count; left > 0; left--) {
                if (!document.marks.add(takeDot())) {
                    throw new CodecException("a mark stands twice");
                }
            }
        }

        private LifeRegister takeLife() {
            Dot dot = takeDot();
            return LifeRegister.of(takeTime(), dot);
        }

        private LifeRegister takeFloor() {
            Dot dot = takeDot();
            ReplicaId replica = takeReplica();
            return new LifeRegister(new Stamp(takeTime(), replica), dot);
        }

        private Dot takeDot() {
            return new Dot(takeReplica(), in.takeSequence());
        }

        private ReplicaId takeReplica() {
            return replicas.get((int) in.takeVarint(0, replicas.size() - 1L));
        }

        private long takeTime() {
            long distance = in.takeVarint();
            if (Timestamp.compare(distance, newest) > 0) {
                throw new CodecException("stamped before 1970");
            }
            return newest - distance;
        }
    }
}
