package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PeerAddressTest {
    @Test
    void parse_hostWithAndWithoutPort_isRead() {
        assertEquals(new PeerAddress("10.0.0.1", 0), PeerAddress.parse("10.0.0.1"));
        assertEquals(new PeerAddress("desk-2.office", 7801), PeerAddress.parse(" desk-2.office:7801 "));
        assertEquals(
                "desk-2.office:7801", PeerAddress.parse("desk-2.office:7801").toString());
    }

    @Test
    void parse_anythingElse_isRefusedInWords() {
        for (String wrong : List.of("", ":7800", "host:", "host:x", "[::1]:7800", "a b", "host:7800:1")) {
            String message = assertThrows(IllegalArgumentException.class, () -> PeerAddress.parse(wrong))
                    .getMessage();
            assertTrue(message.contains("HOST:PORT"), message);
        }
        assertThrows(IllegalArgumentException.class, () -> PeerAddress.parse("host:70000"));
    }
}
