package io.lanyard.daemon.lan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * An app on a host of the LAN, which talks to the daemon of that host: {@code HOME}. Its commands, one a line:
 * {@code request METHOD PATH [BODY]} answers {@code answer STATUS BODY}; {@code subscribe COLLECTION} says
 * {@code event JSON} for whatever the WebSocket brings; {@code stream COLLECTION} creates documents one after the other,
 * says {@code acknowledged ID} for each, and {@code refused} at the first that is not.
 */
public final class ClientMain {
    private static final String BASE = "127.0.0.1:7717";

    private final Path home;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    private ClientMain(Path home) {
        this.home = home;
    }

    /** Runs until its standard input ends. */
    public static void main(String[] arguments) throws Exception {
        ClientMain client = new ClientMain(Path.of(arguments[0]));
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        say("started");
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ", 4);
            switch (words[0]) {
                case "request" -> client.request(words[1], words[2], words.length > 3 ? words[3] : null);
                case "subscribe" -> client.subscribe(words[1]);
                case "stream" -> client.stream(words[1]);
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line.replace('\n', ' '));
    }

    private void request(String method, String path, String body) throws InterruptedException {
        try {
            HttpResponse<String> response = send(method, path, body);
            say("answer " + response.statusCode() + " " + response.body());
        } catch (IOException e) {
            say("answer 0 " + e);
        }
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + BASE + path))
                .header("Authorization", "Bearer " + token())
                .timeout(Duration.ofSeconds(20))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header(
                    "Content-Type", method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private void subscribe(String collection) throws IOException {
        WebSocket socket = http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token())
                .buildAsync(URI.create("ws://" + BASE + "/ws"), new Events())
                .join();
        socket.sendText(
                        "{\"op\":\"subscribe\",\"ref\":1,\"collections\":[\"" + collection + "\"],\"since\":\"now\"}",
                        true)
                .join();
    }

    private void stream(String collection) throws InterruptedException {
        try {
            for (int i = 0; ; i++) {
                HttpResponse<String> response =
                        send("PUT", "/api/docs/" + collection + "/" + i, "{\"number\":" + i + "}");
                if (response.statusCode() != 201) {
                    say("refused " + response.body());
                    return;
                }
                say("acknowledged " + i);
            }
        } catch (IOException e) {
            say("refused " + e);
        }
    }

    private String token() throws IOException {
        return Files.readString(home.resolve("token")).strip();
    }

    private static final class Events implements WebSocket.Listener {
        private final StringBuilder frame = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            frame.append(data);
            if (last) {
                say("event " + frame);
                frame.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
