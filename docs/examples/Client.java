import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client in plain Java 17, without a library: {@code java Client.java}. Documents over HTTP, changes as they happen by
 * WebSocket. A program with a JSON library will read what comes with that, numbers as BigDecimal.
 */
public class Client {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static String api;
    private static String token;

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(System.getenv()
                .getOrDefault("LANYARD_HOME", System.getProperty("user.home") + "/.local/state/lanyard"));
        api = Files.readString(home.resolve("api")).strip().replaceAll("/$", "");
        token = Files.readString(home.resolve("token")).strip();

        call("PUT", "/api/docs/expense/tea", "{\"what\": \"tea\", \"amount\": 2.40, \"paid\": false}");
        call("PUT", "/api/docs/expense/train", "{\"what\": \"train\", \"amount\": 12.10, \"paid\": false}");

        Watcher watcher = new Watcher();
        WebSocket socket = HTTP.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .header("Lanyard-Client", "java")
                .buildAsync(URI.create(api.replaceFirst("http", "ws") + "/ws"), watcher)
                .join();
        socket.sendText("{\"op\": \"subscribe\", \"ref\": 1, \"collections\": [\"expense\"], \"since\": \"now\"}", true)
                .join();
        watcher.next("\"type\":\"synced\"");
        // By HTTP, under no name: nobody's own, so that this program's subscription is told too.
        call("PATCH", "/api/docs/expense/train", "{\"paid\": true}");
        String event = watcher.next("\"type\":\"expense_updated\"");
        System.out.println("expense_updated " + find("\"id\":\"(\\w+)\"", event) + " " + find("\"changed\":(\\[.*?])", event));
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();

        HttpResponse<String> refused =
                call("PATCH", "/api/docs/expense/train", "{\"paid\": false}", "If-Match", "\"0\"");
        System.out.println(refused.statusCode() + " " + find("\"code\":\"(\\w+)\"", refused.body()));

        String where = URLEncoder.encode("amount>=2", StandardCharsets.UTF_8);
        String list = call("GET", "/api/docs/expense?where=" + where, null).body();
        BigDecimal total = BigDecimal.ZERO;
        for (Matcher amount = Pattern.compile("\"amount\":([0-9.]+)").matcher(list); amount.find(); ) {
            total = total.add(new BigDecimal(amount.group(1)));
        }
        System.out.println("total " + total);
    }

    private static HttpResponse<String> call(String method, String path, String json, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(api + path))
                .header("Authorization", "Bearer " + token)
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (json != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? matcher.group(1) : "?";
    }

    /** Collects the messages of a WebSocket, whose frames may come in parts. */
    private static class Watcher implements WebSocket.Listener {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            message.append(part);
            if (isLast) {
                messages.add(message.toString());
                message.setLength(0);
            }
            return WebSocket.Listener.super.onText(socket, part, isLast);
        }

        /** Waits for a message with this text in it; others, such as the status of peers, pass by. */
        String next(String text) throws InterruptedException {
            while (true) {
                String next = messages.poll(30, TimeUnit.SECONDS);
                if (next == null || next.contains(text)) {
                    return next;
                }
            }
        }
    }
}
