package io.lanyard.daemon.api.http;

import static io.lanyard.daemon.api.ApiFixture.assertProblem;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.api.ApiFixture;
import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.api.access.ApiSettings;
import io.lanyard.daemon.watch.Meters;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of connections when there are too many. */
@Timeout(60)
class ConnectionsTest {

    private static final int LIMIT = 3;

    @RegisterExtension
    private final ApiFixture api = new ApiFixture(new FakeNode());

    {
        api.settings = new ApiSettings(0, 0, 0, 2, LIMIT);
    }

    private String ask(String token) throws IOException {
        return api.raw("GET /api/collections HTTP/1.1\nHost: 127.0.0.1:" + api.server.port()
                + "\nConnection: close\nAuthorization: Bearer " + token + "\n\n");
    }

    @Test
    void manyThatSayNothing_leaveTheOwnerIn_andOthersAreToldWhy() throws Exception {
        String app = api.tokenFor(List.of(), "*:read");
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < LIMIT + 2 * Connections.RESERVE; i++) {
                silent.add(new Socket("127.0.0.1", api.server.port()));
            }
            for (int i = 0; i < 5; i++) {
                String owners = ask(api.token.text());
                assertTrue(owners.startsWith("HTTP/1.1 200"), owners);
            }
            String refused = ask(app);
            assertTrue(refused.startsWith("HTTP/1.1 503"), refused);
            assertTrue(refused.contains("Retry-After: 1") && refused.contains("Connection: close"), refused);
            assertProblem(503, "overloaded", refused.substring(refused.indexOf("\r\n\r\n") + 4));
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
        await().untilAsserted(() -> assertTrue(ask(app).startsWith("HTTP/1.1 200")));
    }

    @Test
    void books_areKept_whoeverComesAndGoes() {
        Map<String, DoubleSupplier> gauges = new ConcurrentHashMap<>();
        long[] refused = new long[1];
        Connections connections = new Connections(1, new Meters() {
            @Override
            public Count count(String name, String help, Label... labels) {
                return (number, values) -> refused[0] += number;
            }

            @Override
            public Durations durations(String name, String help, Label... labels) {
                return NONE.durations(name, help, labels);
            }

            @Override
            public void gauge(String name, String help, DoubleSupplier value) {
                gauges.put(name, value);
            }
        });
        List<ByteArrayEndPoint> ends = new ArrayList<>();
        for (int i = 0; i < 1 + Connections.RESERVE; i++) {
            ends.add(new ByteArrayEndPoint());
            connections.opened(ends.get(i));
        }
        assertEquals(1.0 + Connections.RESERVE, gauges.get("connections").getAsDouble());
        assertFalse(connections.isForTheOwner(ends.get(0)));
        assertTrue(connections.isForTheOwner(ends.get(1)));
        connections.provedToBeTheOwners(ends.get(1));
        ByteArrayEndPoint one = new ByteArrayEndPoint();
        connections.opened(one);
        assertTrue(ends.get(1).isOpen(), "the owner's stays");
        assertFalse(ends.get(2).isOpen(), "the oldest that showed nothing gives way");
        assertEquals(1, refused[0]);
        connections.closed(ends.get(2));
        connections.closed(ends.get(0));
        assertFalse(connections.isForTheOwner(ends.get(3)), "there is room for it below the limit");
        assertTrue(connections.isForTheOwner(one));
        ends.forEach(connections::closed);
        connections.closed(one);
        assertEquals(0, gauges.get("connections").getAsDouble());
    }
}
