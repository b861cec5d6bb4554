package io.lanyard.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Damaged and hostile bytes: they decode to something or are refused by one exception, within bounded memory. */
class CodecFuzzTest {

    private static final int MUTATIONS = 250_000;

    /** A field of 6 bytes becomes a register, a dot, a path, two texts and a tree's node. */
    private static final long MAX_BYTES_PER_BYTE = 150;

    private static final long MAX_BYTES_BESIDE = 16_384;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private int taken;
    private int refused;

    private enum Form {
        DOCUMENT {
            @Override
            void read(byte[] bytes) {
                Document document = DocumentCodec.decode(bytes);
                assertEquals(document, DocumentCodec.decode(DocumentCodec.encode(document)));
            }
        },
        WRITE {
            @Override
            void read(byte[] bytes) {
                Decoder decoder = new Decoder(bytes);
                Write write = Write.decode(decoder);
                decoder.expectEnd();
                assertEquals(write, Write.decode(new Decoder(CodecTest.bytes(write))));
            }
        },
        VECTOR {
            @Override
            void read(byte[] bytes) {
                Decoder decoder = new Decoder(bytes);
                VersionVector vector = decoder.takeVector();
                decoder.expectEnd();
                Encoder encoder = new Encoder(0);
                encoder.putVector(vector);
                assertTrue(Arrays.equals(bytes, encoder.toByteArray()), "a vector has one form");
            }
        };

        abstract void read(byte[] bytes);
    }

    private record Sample(Form form, byte[] bytes) {}

    /** The first use of a class allocates much more than the reading does; which test comes first is not ours to say. */
    @BeforeAll
    static void loadClasses() {
        for (Sample sample : samples()) {
            sample.form().read(sample.bytes());
            byte[] cut = Arrays.copyOf(sample.bytes(), sample.bytes().length - 1);
            assertThrows(CodecException.class, () -> sample.form().read(cut));
            assertThrows(CodecException.class, () -> sample.form().read(new byte[0]));
        }
    }

    @Test
    void decode_everyTruncation_isRefused() {
        for (Sample sample : samples()) {
            for (int length = 0; length < sample.bytes().length; length++) {
                int refusedBefore = refused;
                read(sample.form(), Arrays.copyOf(sample.bytes(), length));
                assertEquals(refusedBefore + 1, refused, "a beginning must not pass for the whole");
            }
        }
    }

    @Test
    void decode_everyBitFlipped_isTakenOrRefused() {
        for (Sample sample : samples()) {
            for (int bit = 0; bit < sample.bytes().length * 8; bit++) {
                byte[] bytes = sample.bytes().clone();
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                read(sample.form(), bytes);
            }
        }
        assertTrue(refused > 1000 && taken > 1000, refused + " refused, " + taken + " taken");
    }

    @Test
    void decode_everyByteAHugeCount_isRefusedWithoutAllocating() {
        byte[] huge = HexFormat.of().parseHex("ffffffff07");
        for (Sample sample : samples()) {
            for (int at = 0; at < sample.bytes().length; at++) {
                read(sample.form(), spliced(sample.bytes(), at, huge, at + 1));
            }
        }
    }

    @Test
    void decode_mutations_areTakenOrRefused() {
        List<Sample> samples = samples();
        SplittableRandom random = new SplittableRandom(Long.getLong("crdt.seed", 20_260_921));
        for (int i = 0; i < MUTATIONS; i++) {
            Sample sample = samples.get(random.nextInt(samples.size()));
            byte[] bytes = sample.bytes();
            for (int left = 1 + random.nextInt(3); left > 0; left--) {
                bytes = mutated(
                        bytes, samples.get(random.nextInt(samples.size())).bytes(), random);
            }
            read(sample.form(), bytes);
        }
        System.out.printf("codec fuzz: %,d mutations, %,d taken, %,d refused%n", MUTATIONS, taken, refused);
        assertTrue(refused > MUTATIONS / 10 && taken > MUTATIONS / 100);
    }

    private static byte[] mutated(byte[] bytes, byte[] other, SplittableRandom random) {
        if (bytes.length == 0) {
            return other;
        }
        int at = random.nextInt(bytes.length);
        byte[] changed = bytes.clone();
        switch (random.nextInt(7)) {
            case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> changed[at] = (byte) random.nextInt();
            case 2 -> changed[at] = (byte) (changed[at] + (random.nextBoolean() ? 1 : -1));
            case 3 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 4 -> {
                Encoder number = new Encoder(10);
                number.putVarint(random.nextLong() >>> random.nextInt(64));
                return spliced(bytes, at, number.toByteArray(), at + random.nextInt(2));
            }
            case 5 -> {
                int from = random.nextInt(other.length);
                byte[] part = Arrays.copyOfRange(other, from, Math.min(other.length, from + random.nextInt(24)));
                return spliced(bytes, at, part, Math.min(bytes.length, at + random.nextInt(24)));
            }
            default -> {
                return spliced(bytes, at, new byte[0], Math.min(bytes.length, at + 1 + random.nextInt(4)));
            }
        }
        return changed;
    }

    private static byte[] spliced(byte[] bytes, int from, byte[] part, int to) {
        Encoder spliced = new Encoder(bytes.length + part.length);
        spliced.putBytes(bytes, 0, from);
        spliced.putBytes(part);
        spliced.putBytes(bytes, to, bytes.length - to);
        return spliced.toByteArray();
    }

    private void read(Form form, byte[] bytes) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            form.read(bytes);
            taken++;
        } catch (CodecException e) {
            refused++;
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertTrue(
                    allocated < MAX_BYTES_BESIDE + MAX_BYTES_PER_BYTE * bytes.length,
                    () -> allocated + " bytes allocated for " + describe(form, bytes));
        } catch (RuntimeException | Error e) {
            throw new AssertionError(describe(form, bytes), e);
        }
    }

    private static String describe(Form form, byte[] bytes) {
        return form + " " + HexFormat.of().formatHex(bytes);
    }

    private static List<Sample> samples() {
        List<Sample> samples = new ArrayList<>();
        Document document = CodecTest.sampleDocument();
        samples.add(new Sample(Form.DOCUMENT, DocumentCodec.encode(document)));
        samples.add(new Sample(Form.WRITE, CodecTest.bytes(CodecTest.sampleWrite())));
        Encoder vector = new Encoder(0);
        vector.putVector(document.context());
        samples.add(new Sample(Form.VECTOR, vector.toByteArray()));
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 3; i++) {
            samples.add(new Sample(Form.DOCUMENT, DocumentCodec.encode(RandomDocuments.arbitrary(random))));
            samples.add(new Sample(Form.WRITE, CodecTest.bytes(CodecTest.write(random))));
        }
        return samples;
    }
}
