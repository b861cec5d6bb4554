package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet4Address;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChannelWatchTest {
    private static final Inet4Address HOME = LanAddressTest.ip("192.168.1.5");
    private static final Inet4Address OFFICE = LanAddressTest.ip("10.0.0.7");
    private static final Inet4Address LOOPBACK = LanAddressTest.ip("127.0.0.1");

    private final ChannelWatch watch = new ChannelWatch(0, 0);
    private long wallMillis;
    private long nanos;

    private Optional<String> look(long wallPassed, long passed, LanAddress choice, Inet4Address... has) {
        wallMillis += wallPassed;
        nanos += passed * 1_000_000;
        LanAddress.Network network = new LanAddress.Network(
                List.of(new LanAddress.Nic(
                        "any", true, false, false, true, Stream.of(has).toList())),
                Optional.empty());
        return watch.reasonToRebuild(wallMillis, nanos, HOME, network, choice);
    }

    private Optional<String> look(LanAddress choice, Inet4Address... has) {
        return look(2_000, 2_000, choice, has);
    }

    @Test
    void look_nothingChanged_keepsTheChannel() {
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), look(new LanAddress.Found(HOME), HOME));
        }
    }

    @Test
    void look_addressGone_rebuildsAtOnce() {
        assertEquals(Optional.of("the address 192.168.1.5 is gone"), look(new LanAddress.Found(OFFICE), OFFICE));
    }

    @Test
    void look_cablePulled_keepsTheChannelThatStillHasItsAddress() {
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), look(new LanAddress.Found(LOOPBACK), HOME, LOOPBACK));
        }
        assertEquals(Optional.empty(), look(new LanAddress.Missing("nothing is up"), HOME));
    }

    @Test
    void look_anotherNetworkIsBetter_rebuildsOnceItIsSettled() {
        assertEquals(Optional.empty(), look(new LanAddress.Found(OFFICE), HOME, OFFICE));
        assertTrue(look(new LanAddress.Found(OFFICE), HOME, OFFICE).isPresent());
    }

    @Test
    void look_wallClockRanOn_rebuildsAsAfterASleep() {
        assertTrue(look(60_000, 2_000, new LanAddress.Found(HOME), HOME)
                .orElseThrow()
                .contains("sleep"));
        assertEquals(Optional.empty(), look(new LanAddress.Found(HOME), HOME));
        assertTrue(look(60_000, 60_000, new LanAddress.Found(HOME), HOME).isPresent());
    }

    @Test
    void longConnect_isNoSleep_butAJumpInItIs() {
        wallMillis = 60_000;
        nanos = 60_000_000_000L;
        watch.wasBusy(nanos);
        assertEquals(Optional.empty(), look(new LanAddress.Found(HOME), HOME));
        wallMillis += 80_000;
        nanos += 60_000_000_000L;
        watch.wasBusy(nanos);
        assertTrue(look(new LanAddress.Found(HOME), HOME).isPresent());
    }

    @Test
    void restart_forgetsWhatWasBefore() {
        wallMillis = 80_000;
        nanos = 60_000_000_000L;
        watch.restart(wallMillis, nanos);
        assertEquals(Optional.empty(), look(new LanAddress.Found(HOME), HOME));
    }
}
