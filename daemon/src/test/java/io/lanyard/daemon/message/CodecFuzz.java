package io.lanyard.daemon.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.crdt.CodecException;
import io.lanyard.daemon.GoldenLines;
import io.lanyard.daemon.api.Fuzzing;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;

/** Messages of peers: whatever comes is read or refused, soon, and what is read is written as the same bytes again. */
public class CodecFuzz {

    private static final List<byte[]> SAMPLES = Stream.of("protocol-1.0.txt", "protocol-1.9.txt")
            .flatMap(name -> GoldenLines.read(CodecFuzz.class, name).stream())
            .map(line -> HexFormat.of().parseHex(line[1]))
            .toList();

    private static final int[] BYTES = {0, 1, 2, 0x7F, 0x80, 0xFF};

    private static final long[] LONGS = {
        0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 1L << 48, 0x7F7F7F7F7F7F7F7FL
    };

    /** What a message that was read can be: such as no device sends, at each of which a bug could wait. */
    private static final Map<String, Predicate<Message>> PLACES = Map.ofEntries(
            Map.entry("a page of a negative walk", message -> message instanceof Message.Page page && page.walk() < 0),
            Map.entry("a page of no walk", message -> message instanceof Message.Page page && page.walk() == 0),
            Map.entry(
                    "a request of a negative walk",
                    message -> message instanceof Message.PageRequest request && request.walk() < -1),
            Map.entry(
                    "a listing of a negative number",
                    message -> message instanceof Message.Listing listing && listing.request() < 0),
            Map.entry(
                    "a device without a name",
                    message -> message instanceof Message.Summary summary
                            && summary.device().name().isEmpty()),
            Map.entry("a kind that is not known", message -> message instanceof Message.Unknown));

    /** Why a message is refused. */
    private static final Map<String, Predicate<RuntimeException>> REFUSALS = Map.of(
            "a newer version", refusal -> refusal instanceof MessageCodec.NewerVersionException,
            "any other refusal", refusal -> refusal instanceof CodecException);

    /** Reads an input, and variants of what is usual; with the empty one, each ordinary mistake. */
    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    public void messages(byte[] data) {
        Fuzzing.begin();
        if (data.length == 0) {
            forEachMistake(message -> Fuzzing.timed(message, () -> message(message)));
        }
        SplittableRandom random = Fuzzing.decider(data);
        Fuzzing.timed(data, () -> {
            message(data);
            for (int i = 0; i < Fuzzing.VARIANTS; i++) {
                message(variant(random));
            }
        });
    }

    /** Makes one mistake after the other in each sample: each end, and hard values where a message says what it is. */
    private static void forEachMistake(Consumer<byte[]> reader) {
        for (byte[] sample : SAMPLES) {
            for (int end = 0; end < sample.length; end++) {
                reader.accept(Arrays.copyOf(sample, end));
            }
            for (int at = 0; at < Math.min(sample.length, 24); at++) {
                for (int value : BYTES) {
                    byte[] changed = sample.clone();
                    changed[at] = (byte) value;
                    reader.accept(changed);
                }
            }
            for (int at = 3; at + 8 <= Math.min(sample.length, 16); at++) {
                for (long value : LONGS) {
                    reader.accept(withLong(sample.clone(), at, value));
                }
            }
        }
    }

    private static byte[] withLong(byte[] bytes, int at, long value) {
        for (int i = 0; i < 8 && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >>> 56 - 8 * i);
        }
        return bytes;
    }

    private static void message(byte[] data) {
        try {
            Message message = MessageCodec.decode(data);
            if (!(message instanceof Message.Unknown)) {
                byte[] once = MessageCodec.encode(message);
                assertArrayEquals(once, MessageCodec.encode(MessageCodec.decode(once)));
            }
            PLACES.forEach((name, isThere) -> Fuzzing.place(name, isThere.test(message)));
        } catch (CodecException | MessageCodec.NewerVersionException e) {
            Fuzzing.expect(e);
            REFUSALS.forEach((name, isThere) -> Fuzzing.place(name, isThere.test(e)));
        }
        Fuzzing.wasRead();
    }

    /** Returns a message that a version sends, with one or two changes: mutations alone make few that are read at all. */
    private static byte[] variant(SplittableRandom random) {
        byte[] bytes = SAMPLES.get(random.nextInt(SAMPLES.size())).clone();
        for (int left = 1 + random.nextInt(2); left > 0 && bytes.length > 0; left--) {
            bytes = changed(bytes, random);
        }
        return bytes;
    }

    private static byte[] changed(byte[] bytes, SplittableRandom random) {
        // What comes first says what the rest is, so more of the changes are there.
        int reach = new int[] {12, 48, bytes.length}[random.nextInt(3)];
        int at = random.nextInt(Math.min(bytes.length, reach));
        int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
        switch (random.nextInt(8)) {
            case 0, 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 3 -> bytes[at] = (byte) BYTES[random.nextInt(BYTES.length)];
            case 4 -> withLong(bytes, at, LONGS[random.nextInt(LONGS.length)]);
            case 5 -> bytes = Arrays.copyOf(bytes, at);
            case 6 -> bytes = joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, end, bytes.length));
            default -> bytes = joined(Arrays.copyOf(bytes, end), Arrays.copyOfRange(bytes, at, bytes.length));
        }
        return bytes;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @AfterAll
    static void wasFuzzed() {
        Fuzzing.requireInputs();
    }
}
