package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard status}: what is going on with this device. */
@Command(name = "status", description = "Tells how this device stands to the others.")
final class StatusCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        JsonValue status = lanyard.client().get("/api/sync/status").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(status);
        } else {
            print(status, output);
        }
        return ExitCode.OK.number();
    }

    private static void print(JsonValue status, Output output) {
        JsonValue device = status.get("device");
        JsonValue peers = status.get("peers");
        long online = peers.elements().stream()
                .filter(peer -> peer.get("online").isTrue())
                .count();
        output.row(
                "device",
                device.get("name").text() + output.faint("  " + device.get("id").text()));
        output.row("state", status.get("state").text().replace('_', ' '));
        output.row(
                "peers",
                online + " online"
                        + (online < peers.elements().size()
                                ? " of " + peers.elements().size() + " met"
                                : ""));
        output.row("pending", status.get("pending").text() + " own writes that no other device holds yet");
        output.row(
                "last sync",
                status.get("lastSync").isNull()
                        ? "never"
                        : status.get("lastSync").text());
        JsonValue clock = status.get("clock");
        String fromMedian = String.format(
                "%+d ms from the group's median", clock.get("fromMedianMillis").wholeNumber(0));
        output.row("clock", clock.get("off").isTrue() ? output.bad(fromMedian) : fromMedian);
        output.row("conflicts", status.get("conflicts").text());
        output.row("digest", status.get("digest").text());
        status.get("versionVector")
                .members()
                .forEach((replica, sequence) -> output.row("holds", replica + " up to " + sequence.text()));
        status.get("storage").members().forEach((name, value) -> output.row(name, value.text()));
        for (JsonValue notice : status.get("notices").elements()) {
            output.line(output.bad("!") + " " + notice.text());
        }
        if (!peers.elements().isEmpty()) {
            output.line("");
            PeersCommand.print(peers, output);
        }
    }
}
