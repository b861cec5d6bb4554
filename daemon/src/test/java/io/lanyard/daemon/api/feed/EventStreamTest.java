package io.lanyard.daemon.api.feed;

import static io.lanyard.daemon.api.ApiFixture.MAPPER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.DeviceOnDisk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The change feed as server-sent events, live, on a real store that is closed and opened again. */
@Timeout(60)
class EventStreamTest {

    @RegisterExtension
    final DeviceOnDisk device = new DeviceOnDisk();

    @Test
    void live_tellsWhatIsWritten_andAfterARestartGoesOnFromTheLastEventId_withoutGapOrDuplicate() throws Exception {
        write("a", 1);
        Event last;
        try (Events events = open("")) {
            Event first = events.next();
            assertTrue(first.data().get("snapshot").asBoolean());
            assertEquals("2000", first.retry(), "when to come back");
            assertEquals("synced", events.next().data().get("type").asText());
            write("b", 1);
            assertEquals("expense_created b 1", events.next().summary());
            write("a", 2);
            last = events.next();
            assertEquals("expense_updated a 2", last.summary());
            assertEquals(last.id(), last.data().get("position").asText(), "the id is the position");
        }
        write("a", 3);
        write("c", 1);
        device.restart();
        write("d", 1);
        try (Events events = open(last.id())) {
            assertEquals("expense_updated a 3", events.next().summary());
            assertEquals("expense_created c 1", events.next().summary());
            Event resumed = events.next();
            assertEquals("expense_created d 1", resumed.summary());
            assertFalse(resumed.data().has("snapshot"));
            Event synced = events.next();
            assertEquals("synced", synced.data().get("type").asText());
            write("b", 2);
            assertEquals("expense_updated b 2", events.next().summary());
        }
    }

    @Test
    void start_afterARestart_passesOverEntriesOfTheIndexThatAreDead() throws Exception {
        write("a", 1);
        write("b", 1);
        write("c", 1);
        write("b", 2);
        device.restart();
        try (Events events = open("")) {
            assertEquals("expense_created a 1", events.next().summary());
            assertEquals("expense_created c 1", events.next().summary());
            assertEquals("expense_created b 2", events.next().summary());
            assertEquals("synced", events.next().data().get("type").asText());
        }
    }

    @Test
    void silence_bringsACommentAndThePlace_fromWhichTheReaderGoesOn() throws Exception {
        write("a", 1);
        String place;
        try (Events events = open("")) {
            events.next();
            events.next();
            device.api.tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(16));
            Event heartbeat = events.next();
            assertEquals(null, heartbeat.data());
            assertTrue(heartbeat.hasComment());
            place = heartbeat.id();
        }
        write("b", 1);
        device.restart();
        try (Events events = open(place)) {
            assertEquals("expense_created b 1", events.next().summary());
        }
    }

    private void write(String id, int amount) throws Exception {
        int status = device.api
                .send("PUT", "/api/docs/expense/" + id, "{\"amount\":" + amount + "}")
                .statusCode();
        assertTrue(status < 300);
    }

    private Events open(String lastEventId) throws Exception {
        HttpRequest.Builder request = device.api
                .request("/api/sync/changes?collection=expense&since=start")
                .header("Accept", "text/event-stream");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> response = device.api.stream(request);
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("Content-Type").orElse(""));
        return new Events(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }

    /** An event as a reader of the standard's form sees it; {@code data} is null if it had none. */
    private record Event(String id, String retry, JsonNode data, boolean hasComment) {

        String summary() {
            return data.get("type").asText() + " " + data.get("id").asText() + " " + data.at("/data/amount");
        }
    }

    private record Events(BufferedReader lines) implements AutoCloseable {

        Event next() throws IOException {
            Event event = new Event(null, null, null, false);
            for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
                String value = line.substring(line.indexOf(':') + 1).strip();
                event = switch (line.substring(0, line.indexOf(':'))) {
                    case "id" -> new Event(value, event.retry, event.data, event.hasComment);
                    case "retry" -> new Event(event.id, value, event.data, event.hasComment);
                    case "data" -> new Event(event.id, event.retry, MAPPER.readTree(value), event.hasComment);
                    case "" -> new Event(event.id, event.retry, event.data, true);
                    default -> throw new AssertionError("no field of server-sent events: " + line);
                };
            }
            return event;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
