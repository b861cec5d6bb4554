package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class QuietLogTest {
    private final List<String> lines = new ArrayList<>();
    private final QuietLog log = new QuietLog((Logger) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                if (method.getReturnType() == boolean.class) {
                    return false;
                }
                lines.add(method.getName() + " " + arguments[0]);
                return null;
            }));

    @Test
    void warn_flood_isCutShort() {
        for (int i = 0; i < 10_000; i++) {
            log.warn("%s: failed handling message: %s", "10.0.0.1:7800", "garbage " + i);
            log.error("bad packet", new IOException("bad length " + i));
        }
        assertEquals(QuietLog.MAX_LINES, lines.size());
        assertEquals("warn 10.0.0.1:7800: failed handling message: garbage 0", lines.get(0));
        assertEquals("error bad packet: java.io.IOException: bad length 0", lines.get(1));
    }

    @Test
    void info_ofJGroups_isOurDebug() {
        log.info("%s joined", "somebody");
        log.trace("noise %d", 1);
        assertEquals(List.of(), lines);
    }
}
