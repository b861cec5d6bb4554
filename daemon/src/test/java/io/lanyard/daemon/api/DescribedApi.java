package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lanyard.daemon.api.http.RequestPath;
import io.lanyard.daemon.api.http.Routes;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An OpenAPI document, and which part of it was met in the answers of a daemon. */
final class DescribedApi {

    private static final Pattern CODE = Pattern.compile("`(\\w+)`");

    private final Description description;
    private final Routes routes = new Routes();
    private final Set<String> metAnswers = new TreeSet<>();
    private final Set<String> metCodes = new TreeSet<>();
    private final Set<String> metTypes = new TreeSet<>();
    private final Set<String> metParameters = new TreeSet<>();

    DescribedApi(JsonNode root) {
        description = new Description(root);
        operations().forEach((key, operation) -> routes.token(method(key), path(key), exchange -> {}));
    }

    JsonNode root() {
        return description.root();
    }

    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new TreeMap<>();
        root().get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(operation -> operations.put(
                                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                operation.getValue())));
        return operations;
    }

    private static String method(String key) {
        return key.substring(0, key.indexOf(' '));
    }

    private static String path(String key) {
        return key.substring(key.indexOf(' ') + 1);
    }

    /** Returns {@code METHOD PATH RIGHTS} of everything that is described. */
    Set<String> routesWithRights() {
        Set<String> all = new TreeSet<>();
        operations().forEach((key, operation) -> {
            boolean isOpen =
                    operation.has("security") && operation.get("security").isEmpty();
            boolean isOwners = operation.path("x-rights").asText().equals("owner");
            all.add(key + " " + (isOpen ? "OPEN" : isOwners ? "OWNER" : "TOKEN"));
        });
        return all;
    }

    /** Returns the names of the described parameters in the query. */
    Set<String> queryParameters(String key) {
        return parameters(key, "query");
    }

    private Set<String> parameters(String key, String place) {
        Set<String> names = new TreeSet<>();
        JsonNode operation = operations().get(key);
        assertTrue(operation != null, key + " is served but not described");
        operation.path("parameters").forEach(parameter -> {
            if (parameter.get("in").asText().equals(place)) {
                names.add(parameter.get("name").asText());
            }
        });
        return names;
    }

    /** Checks that a request and its answer are as described, and notes them. */
    void check(String method, String address, String body, HttpResponse<String> response) throws Exception {
        String[] parts = address.split("\\?", 2);
        String path = routes.find(RequestPath.segments(parts[0]))
                .map(found -> found.place().path())
                .orElseThrow(() -> new AssertionError(address + " is served but no path of openapi.json fits it"));
        String key = method + " " + path;
        JsonNode operation = operations().get(key);
        assertTrue(operation != null, key + " is served but openapi.json does not describe it");
        String status = Integer.toString(response.statusCode());
        String operationPointer = "/paths/" + Description.escaped(path) + "/" + method.toLowerCase(Locale.ROOT);
        String code = response.statusCode() < 400 ? "" : codeOf(response);
        JsonNode answer = operation.get("responses").path(status);
        if (answer.isMissingNode() || !code.isEmpty() && !codesIn(answer).contains(code)) {
            checkRefusal(response);
            return;
        }
        note(key, response.statusCode());
        metCodes.add(key + " " + status + " " + code);
        metTypes.add(key + " " + status + " " + typeOf(response));
        for (String name : iterable(answer.path("headers").fieldNames())) {
            assertTrue(response.headers().firstValue(name).isPresent(), key + " " + status + " has no " + name);
        }
        checkContent(operationPointer + "/responses/" + status, answer, key + " " + status, response);
        noteRequest(operationPointer, key, parts, body, response);
    }

    private void noteRequest(String pointer, String key, String[] address, String body, HttpResponse<String> response)
            throws Exception {
        if (address.length > 1) {
            for (String parameter : address[1].split("&")) {
                metParameters.add(key + " query " + parameter.replaceFirst("=.*", ""));
            }
        }
        response.request().headers().map().keySet().forEach(name -> metParameters.add(key + " header " + name));
        if (body != null && response.statusCode() < 400) {
            String schema = pointer + "/requestBody/content/application~1json/schema";
            List<String> errors = description.check(schema, ApiFixture.MAPPER.readTree(body));
            assertEquals(List.of(), errors, key + " took " + body);
        }
    }

    private void checkContent(String pointer, JsonNode answer, String name, HttpResponse<String> response)
            throws Exception {
        if (!answer.has("content")) {
            assertEquals("", response.body(), name);
            return;
        }
        String type = typeOf(response);
        assertTrue(answer.get("content").has(type), name + " is described, but not as " + type);
        String schema = pointer + "/content/" + Description.escaped(type) + "/schema";
        if (type.startsWith("text/") && !type.equals("text/event-stream")) {
            return;
        }
        for (String text : textsIn(type, response.body())) {
            List<String> errors = description.check(schema, ApiFixture.MAPPER.readTree(text));
            assertEquals(List.of(), errors, name + " answered what openapi.json does not describe: " + text);
        }
    }

    private static String typeOf(HttpResponse<String> response) {
        return response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
    }

    /** Returns what a schema describes: all, each line of a stream, or the data of each of its events. */
    private static List<String> textsIn(String type, String body) {
        return switch (type) {
            case "application/x-ndjson" ->
                body.lines().filter(line -> !line.isEmpty()).toList();
            case "text/event-stream" ->
                body.lines()
                        .filter(line -> line.startsWith("data: "))
                        .map(line -> line.substring(6))
                        .toList();
            default -> List.of(body);
        };
    }

    /** Checks a refusal that has nothing to do with the route, and notes it. */
    void checkRefusal(HttpResponse<String> response) throws Exception {
        String what = response.request().method() + " " + response.uri().getPath() + " " + response.statusCode();
        assertTrue(response.statusCode() >= 400, what + " is not described in openapi.json");
        String code = codeOf(response);
        JsonNode refused = description.at("/components/responses/Refused");
        assertTrue(
                code.equals("not_found") || codesIn(refused).contains(code),
                what + " " + code + " is described neither with the route nor among the common refusals");
        noteCode(code);
        String pointer = "/components/responses/Refused";
        checkContent(pointer, refused, what, response);
    }

    private static String codeOf(HttpResponse<String> response) throws Exception {
        return response.body().isEmpty()
                ? ""
                : ApiFixture.json(response).path("code").asText();
    }

    private static Set<String> codesIn(JsonNode answer) {
        Set<String> codes = new TreeSet<>();
        Matcher code = CODE.matcher(answer.get("description").asText());
        while (code.find()) {
            codes.add(code.group(1));
        }
        return codes;
    }

    /** Notes that a route answered with a status. */
    void note(String key, int status) {
        metAnswers.add(key + " " + status);
    }

    /** Notes that a refusal was met which has nothing to do with the route. */
    void noteCode(String code) {
        metCodes.add("common " + code);
    }

    /** Returns what is described and was not met, but for what is {@code rare}. */
    List<String> neverSeen(Set<String> rare) {
        Set<String> missing = new TreeSet<>();
        operations().forEach((key, operation) -> {
            operation.get("responses").properties().forEach(answer -> {
                String status = answer.getKey();
                if (status.equals("default")) {
                    return;
                }
                missing.add("answer " + key + " " + status);
                if (status.startsWith("2")) {
                    answer.getValue()
                            .path("content")
                            .fieldNames()
                            .forEachRemaining(type -> missing.add("type " + key + " " + status + " " + type));
                }
                codesIn(answer.getValue()).forEach(code -> missing.add("code " + key + " " + status + " " + code));
            });
            for (String place : List.of("query", "header")) {
                parameters(key, place).forEach(name -> missing.add("parameter " + key + " " + place + " " + name));
            }
        });
        codesIn(description.at("/components/responses/Refused")).forEach(code -> missing.add("code common " + code));
        metAnswers.forEach(met -> missing.remove("answer " + met));
        metCodes.forEach(met -> missing.remove("code " + met));
        metTypes.forEach(met -> missing.remove("type " + met));
        missing.removeIf(one -> one.startsWith("parameter ")
                && metParameters.stream().anyMatch(met -> one.equalsIgnoreCase("parameter " + met)));
        missing.removeAll(rare);
        List<String> all = new ArrayList<>(missing);
        description.unmetFields().forEach(field -> all.add("field " + field));
        return all;
    }

    private static Iterable<String> iterable(Iterator<String> names) {
        return () -> names;
    }
}
