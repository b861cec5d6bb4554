package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.watch.Meters;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.junit.jupiter.api.AfterAll;

/** Messages over the WebSocket: whatever comes, the next one is answered, and it comes to reading the next one. */
class SocketFuzz {

    private static final FakeNode NODE = node();
    private static final Streams STREAMS =
            new Streams(NODE, Runnable::run, new ScheduledExecutorScheduler("fuzz", true), Meters.NONE, 10);

    private static final Access ACCESS = access();

    private static Access access() {
        return Fuzzing.inFolder(home -> new Access(
                new Callers(
                        OwnerToken.openOrCreate(home),
                        TokenBook.openOrCreate(home, () -> 0),
                        ApiSettings.on(0),
                        Meters.NONE),
                () -> 0));
    }

    /** Refuses all writes at once, so that nothing is kept and nothing goes on beside. */
    private static FakeNode node() {
        FakeNode node = new FakeNode();
        node.refusal = new Node.OverloadedException();
        return node;
    }

    /** Sends an input as the first message of a socket, then a ping. */
    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    @DictionaryFile(resourcePath = "json.dict")
    void messages(byte[] data) {
        List<String> sent = new ArrayList<>();
        int[] demands = new int[1];
        boolean[] isClosed = new boolean[1];
        Session session = (Session) Proxy.newProxyInstance(
                Session.class.getClassLoader(), new Class<?>[] {Session.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("sendText")) {
                        sent.add((String) arguments[0]);
                        ((Callback) arguments[1]).succeed();
                    } else if (method.getName().equals("demand")) {
                        demands[0]++;
                    } else if (method.getName().equals("close")) {
                        isClosed[0] = true;
                    } else if (method.getName().equals("isOpen")) {
                        return true;
                    }
                    return null;
                });
        STREAMS.reserve(null);
        Socket socket = new Socket(
                NODE,
                STREAMS,
                new SignIn(ACCESS, new Access.Approach(null)),
                new BatchRunner(NODE, Runnable::run),
                new Events(EventNames.USUAL),
                "",
                Optional.of(new SignIn.Welcome(OwnerCaller.INSTANCE)));
        socket.onWebSocketOpen(session);
        Fuzzing.timed(() -> {
            socket.onWebSocketText(new String(JsonShape.of(data), StandardCharsets.UTF_8));
            socket.onWebSocketText("{\"op\":\"ping\",\"ref\":\"fuzz\"}");
            Fuzzing.planted(() -> sent.stream().anyMatch(answer -> answer.contains("\"ref\":\"\"")));
        });
        assertTrue(isClosed[0] || sent.contains("{\"type\":\"pong\",\"ref\":\"fuzz\"}"), () -> "no pong, but " + sent);
        assertTrue(demands[0] >= 3, "nothing more is read");
        socket.onWebSocketClose(1000, "", Callback.NOOP);
        assertTrue(!STREAMS.isBusy(), "the socket is still listed");
    }

    @AfterAll
    static void wasFuzzed() {
        Fuzzing.requireInputs();
    }
}
