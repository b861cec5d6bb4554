package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DiscoveryFrameTest {
    private static final String GROUP = "lanyard-" + "ab".repeat(16);
    private static final String OTHER = "lanyard-" + "cd".repeat(16);
    private final DiscoveryFrame frame = new DiscoveryFrame(GROUP, () -> List.of(new byte[32]));
    private final byte[] body = {1, 2, 3, 4};

    private DiscoveryFrame.Heard read(byte[] packet) {
        return frame.read(ByteBuffer.wrap(packet));
    }

    @Test
    void read_ownRequest_isTheBody() {
        byte[] packet = frame.write(new byte[] {9, 1, 2, 3, 4, 9}, 1, 4);
        assertArrayEquals(
                body,
                assertInstanceOf(DiscoveryFrame.Heard.Request.class, read(packet))
                        .body());
    }

    @Test
    void read_otherGroup_isNamed() {
        byte[] packet = new DiscoveryFrame(OTHER, () -> List.of(new byte[] {1})).write(body, 0, 4);
        assertEquals(new DiscoveryFrame.Heard.Other(OTHER), read(packet));
    }

    @Test
    void read_ownNameUnderAnotherSecret_isForged() {
        byte[] packet = new DiscoveryFrame(GROUP, () -> List.of(new byte[] {1})).write(body, 0, 4);
        assertInstanceOf(DiscoveryFrame.Heard.Forged.class, read(packet));
    }

    @Test
    void read_newerVersion_isToldWhateverFollows() {
        byte[] packet = frame.write(body, 0, 4);
        packet[4] = (byte) 200;
        assertEquals(new DiscoveryFrame.Heard.Newer(200), read(packet));
        assertEquals(new DiscoveryFrame.Heard.Newer(200), read(Arrays.copyOf(packet, 45)));
        byte[] other = new DiscoveryFrame(OTHER, () -> List.of(new byte[] {1})).write(body, 0, 4);
        other[4] = 2;
        assertEquals(new DiscoveryFrame.Heard.Other(OTHER), read(other));
    }

    @Test
    void read_everyBitFlippedAndEveryPrefix_isNeverARequest() {
        byte[] packet = frame.write(body, 0, 4);
        for (int bit = 0; bit < packet.length * 8; bit++) {
            byte[] damaged = packet.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertFalse(read(damaged) instanceof DiscoveryFrame.Heard.Request, "bit " + bit);
        }
        for (int length = 0; length < packet.length; length++) {
            assertFalse(
                    read(Arrays.copyOf(packet, length)) instanceof DiscoveryFrame.Heard.Request, "length " + length);
        }
    }

    @Test
    void read_randomBytes_isNoise() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            byte[] packet = new byte[random.nextInt(200)];
            random.nextBytes(packet);
            assertInstanceOf(DiscoveryFrame.Heard.Noise.class, read(packet));
        }
    }

    @Test
    void read_underAnEarlierSecret_isARequestStill_butNotUnderALaterOne() {
        byte[] early = new byte[32];
        byte[] late = {1};
        DiscoveryFrame stayed = new DiscoveryFrame(GROUP, () -> List.of(late, early));
        DiscoveryFrame wasOff = new DiscoveryFrame(GROUP, () -> List.of(early));
        assertArrayEquals(
                body, ((DiscoveryFrame.Heard.Request) stayed.read(ByteBuffer.wrap(wasOff.write(body, 0, 4)))).body());
        assertEquals(new DiscoveryFrame.Heard.Forged(), wasOff.read(ByteBuffer.wrap(stayed.write(body, 0, 4))));
    }
}
