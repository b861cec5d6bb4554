package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import io.lanyard.daemon.engine.WriteResult.Item;
import io.lanyard.daemon.engine.WriteResult.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of the requests that programs gave a name, so that one that comes again gets the same answer and is not
 * done again. It is kept in the commit of the write itself: there is no moment at which only one of them is durable.
 *
 * <p>Requests of which nothing was done are forgotten: doing them again is all that a repetition can ask for. The oldest
 * are forgotten too, beyond {@value #MAX_KEPT} of them or {@value #MAX_BYTES} bytes, and after a day.
 */
final class Repeats {

    static final int MAX_KEPT = 10_000;
    static final long MAX_BYTES = 16 << 20;
    static final long MAX_AGE_MILLIS = 24 * 60 * 60 * 1_000L;

    private final ReplicaState state;
    /** What was applied since the last commit, by key. */
    private final Map<String, Remembered> fresh = new LinkedHashMap<>();
    /** The keys that are kept, oldest first; {@code null} until they are needed. */
    private Deque<Kept> kept;

    private long keptBytes;
    private long nextNumber = 1;

    Repeats(ReplicaState state) {
        this.state = state;
    }

    private record Kept(long number, String key, long atMillis, long bytes) {}

    /**
     * What became of a request.
     *
     * @param position the position after it, {@code null} before it is committed
     */
    record Remembered(String fingerprint, long atMillis, List<Item> items, Position position) {

        /** Returns whether this is what became of that request. */
        boolean isOf(Repeat repeat) {
            return fingerprint.equals(repeat.fingerprint());
        }
    }

    /** Returns the answer to a request that has the name of another one. */
    static List<Item> taken(WriteRequest request) {
        List<Item> items = new ArrayList<>();
        for (Operation operation : request.operations()) {
            items.add(new Item(Outcome.NAME_TAKEN, operation.id(), null, null));
        }
        return items;
    }

    /** Returns what became of the request that had this name before, if there was one. */
    Optional<Remembered> find(Repeat repeat, long wallMillis) {
        Remembered applied = fresh.get(repeat.key());
        return applied != null
                ? Optional.of(applied)
                : state.store()
                        .entry(EntryNames.REPEATABLE + repeat.key())
                        .map(Repeats::decode)
                        .filter(earlier -> wallMillis - earlier.atMillis() < MAX_AGE_MILLIS);
    }

    /** Remembers what became of a request, if anything of it was done. */
    void remember(Repeat repeat, Mode mode, List<Item> items, long wallMillis) {
        if (mode == Mode.EACH || items.stream().noneMatch(item -> item.outcome().isFailure())) {
            fresh.put(repeat.key(), new Remembered(repeat.fingerprint(), wallMillis, items, null));
        }
    }

    /** Puts what was remembered into the next commit, after which this is the position. */
    void keep(Position position) {
        if (fresh.isEmpty()) {
            return;
        }
        load();
        fresh.forEach((key, done) -> {
            byte[] bytes = encode(new Remembered(done.fingerprint(), done.atMillis(), done.items(), position));
            Kept next = new Kept(nextNumber++, key, done.atMillis(), bytes.length);
            state.putEntry(EntryNames.REPEATABLE + key, bytes);
            Encoder out = new Encoder(96);
            out.putText(key);
            out.putVarint(next.atMillis());
            out.putVarint(next.bytes());
            state.putEntry(orderName(next.number()), out.toByteArray());
            kept.add(next);
            keptBytes += next.bytes();
            forgetOld(next.atMillis());
        });
        fresh.clear();
    }

    private void forgetOld(long nowMillis) {
        while (kept.size() > MAX_KEPT
                || keptBytes > MAX_BYTES && kept.size() > 1
                || nowMillis - kept.peekFirst().atMillis() >= MAX_AGE_MILLIS) {
            Kept oldest = kept.removeFirst();
            keptBytes -= oldest.bytes();
            state.putEntry(orderName(oldest.number()), null);
            boolean isNamedAnew = kept.stream().anyMatch(other -> other.key().equals(oldest.key()));
            if (!isNamedAnew) {
                state.putEntry(EntryNames.REPEATABLE + oldest.key(), null);
            }
        }
    }

    private void load() {
        if (kept != null) {
            return;
        }
        kept = new ArrayDeque<>();
        state.store().entries(EntryNames.REPEATABLE_ORDER).forEach((name, bytes) -> {
            Decoder in = new Decoder(bytes);
            long number = Long.parseLong(name.substring(EntryNames.REPEATABLE_ORDER.length()), 16);
            Kept one =
                    new Kept(number, in.takeText(), in.takeVarint(0, Long.MAX_VALUE), in.takeVarint(0, Long.MAX_VALUE));
            kept.add(one);
            keptBytes += one.bytes();
            nextNumber = number + 1;
        });
    }

    private static String orderName(long number) {
        return String.format("%s%016x", EntryNames.REPEATABLE_ORDER, number);
    }

    private static byte[] encode(Remembered done) {
        Encoder out = new Encoder(64 + 96 * done.items().size());
        out.putText(done.fingerprint());
        out.putVarint(done.atMillis());
        out.putLong(done.position().opening());
        out.putVarint(done.position().number());
        out.putVarint(done.items().size());
        for (Item item : done.items()) {
            out.putText(item.outcome().name());
            out.putText(item.id().toString());
            out.putText(item.detail());
            out.putByte(item.etag() == null ? 0 : 1);
            if (item.etag() != null) {
                out.putText(item.etag());
                out.putLong(item.stamp().time());
                out.putLong(item.stamp().replica().bits());
            }
        }
        return out.toByteArray();
    }

    private static Remembered decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        String fingerprint = in.takeText();
        long atMillis = in.takeVarint(0, Long.MAX_VALUE);
        Position position = new Position(in.takeLong(), in.takeVarint(0, Long.MAX_VALUE));
        List<Item> items = new ArrayList<>();
        int count = in.takeCount(4);
        for (int i = 0; i < count; i++) {
            Outcome outcome = Outcome.valueOf(in.takeText());
            DocumentId id = DocumentId.parse(in.takeText());
            String detail = in.takeText();
            boolean isVisible = in.takeByte() == 1;
            String etag = isVisible ? in.takeText() : null;
            Stamp stamp = isVisible ? new Stamp(in.takeLong(), new ReplicaId(in.takeLong())) : null;
            items.add(new Item(outcome, id, etag, stamp, detail));
        }
        return new Remembered(fingerprint, atMillis, items, position);
    }
}
