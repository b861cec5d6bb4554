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
        row(
                output,
                "device",
                device.get("name").text() + output.faint("  " + device.get("id").text()));
        row(output, "state", status.get("state").text().replace('_', ' '));
        row(
                output,
                "peers",
                online + " online"
                        + (online < peers.elements().size()
                                ? " of " + peers.elements().size() + " met"
                                : ""));
        row(output, "pending", status.get("pending").text() + " own writes that no other device holds yet");
        row(
                output,
                "last sync",
                status.get("lastSync").isNull()
                        ? "never"
                        : status.get("lastSync").text());
        row(output, "conflicts", status.get("conflicts").text());
        row(output, "digest", status.get("digest").text());
        status.get("versionVector")
                .members()
                .forEach((replica, sequence) -> row(output, "holds", replica + " up to " + sequence.text()));
        status.get("storage").members().forEach((name, value) -> row(output, name, value.text()));
        for (JsonValue notice : status.get("notices").elements()) {
            output.line(output.bad("!") + " " + notice.text());
        }
        if (!peers.elements().isEmpty()) {
            output.line("");
            PeersCommand.print(peers, output);
        }
    }

    private static void row(Output output, String name, String value) {
        output.line(output.bold(String.format("%-10s", name)) + " " + value);
    }
}
