package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.daemon.api.json.Texts;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/** Asks a server for things, and checks that each answer is one that the description of the API says there may be. */
abstract class Tour {

    final FakeNode node;
    final ApiFixture api;
    final DescribedApi described;

    Tour(FakeNode node, ApiFixture api, DescribedApi described) {
        this.node = node;
        this.api = api;
        this.described = described;
    }

    /** Asks without a body, as the owner. */
    final HttpResponse<String> ask(String method, String path, int status, String... headers) throws Exception {
        return write(method, path, null, status, headers);
    }

    /** Sends a body, or none if it is {@code null}, with further header fields by name and value. */
    final HttpResponse<String> write(String method, String path, String body, int status, String... headers)
            throws Exception {
        List<String> all = new ArrayList<>(method.equals("GET") ? List.of() : List.of("Lanyard-Client", "pos"));
        all.addAll(List.of(headers));
        HttpResponse<String> response = api.send(method, path, body, all.toArray(String[]::new));
        assertEquals(
                status, response.statusCode(), () -> method + " " + path + ": " + Texts.shortened(response.body()));
        described.check(method, path, body, response);
        return response;
    }
}
