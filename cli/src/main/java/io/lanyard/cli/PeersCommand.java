package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard peers}: the other devices. */
@Command(name = "peers", description = "Lists the other devices and how far each is.")
final class PeersCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        JsonValue peers = lanyard.client().get("/api/sync/status").json().get("peers");
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(peers);
        } else if (peers.elements().isEmpty()) {
            output.message("no other device has been met since the daemon started");
        } else {
            print(peers, output);
        }
        return ExitCode.OK.number();
    }

    static void print(JsonValue peers, Output output) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "ADDRESS", "REACHABLE", "IN STEP", "CLOCK", "LAST SEEN", "ID"));
        for (JsonValue peer : peers.elements()) {
            rows.add(List.of(
                    peer.get("name").text(),
                    peer.get("address").isNull() ? "" : peer.get("address").text(),
                    reachable(peer, output),
                    inStep(peer, output),
                    clock(peer, output),
                    lastSeen(peer),
                    peer.get("id").text()));
        }
        output.table(rows);
    }

    static String reachable(JsonValue peer, Output output) {
        return peer.get("online").isTrue() ? output.good("online") : output.bad("offline");
    }

    static String inStep(JsonValue peer, Output output) {
        if (peer.get("inStep").isTrue()) {
            return output.good("yes");
        }
        if (peer.get("lastSeen").isNull()) {
            return "not heard";
        }
        boolean lacksNothingKnown = peer.get("behind").text().equals("0");
        if (lacksNothingKnown) {
            return peer.get("online").isTrue() ? "not yet" : "had all";
        }
        return "lacks " + peer.get("behind").text();
    }

    static String lastSeen(JsonValue peer) {
        return peer.get("lastSeen").isNull() ? "" : peer.get("lastSeen").text();
    }

    static String clock(JsonValue peer, Output output) {
        if (peer.get("lastSeen").isNull()) {
            return "";
        }
        String offset = String.format("%+d ms", peer.get("clockOffsetMillis").wholeNumber(0));
        return peer.get("clockOff").isTrue() ? output.bad(offset + " off") : offset;
    }
}
