package io.lanyard.daemon.api.feed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.list.Filter;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What a reader makes of its events, and whether each of them fits what it was told before. */
final class ReaderModel {

    /** What it shows, by id. */
    final Map<String, JsonNode> documents = new HashMap<>();

    /** Which documents it wants. */
    final Filter where;

    /** How often a document came to be one of those, and ceased to. */
    int entered;

    int left;

    ReaderModel(Filter where) {
        this.where = where;
    }

    /** Takes over what a message tells, if it is an event, and checks that it fits. */
    void take(JsonNode message) {
        if (!message.has("event")) {
            return;
        }
        String id = message.get("id").asText();
        JsonNode before = documents.get(id);
        JsonNode data = message.get("data");
        switch (message.get("event").asText()) {
            case "created" -> assertNull(before, () -> "created twice: " + message);
            case "updated" -> assertNotNull(before, () -> "never created: " + message);
            default -> assertNotNull(before, () -> "never created, or deleted twice: " + message);
        }
        if (message.get("event").asText().equals("updated")) {
            Set<String> differing = new TreeSet<>();
            Set<String> names = new TreeSet<>();
            before.fieldNames().forEachRemaining(names::add);
            data.fieldNames().forEachRemaining(names::add);
            names.stream()
                    .filter(name -> !Objects.equals(before.get(name), data.get(name)))
                    .forEach(name -> differing.add("/" + name));
            Set<String> changed = new TreeSet<>();
            message.get("changed").forEach(path -> changed.add(path.asText()));
            assertEquals(differing, changed, message::toString);
        }
        entered += message.has("entered") ? 1 : 0;
        left += message.has("left") ? 1 : 0;
        if (data.isNull()) {
            documents.remove(id);
        } else {
            documents.put(id, data);
        }
    }
}
