package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard retire}: a device counts no more. */
@Command(
        name = "retire",
        description = {
            "Tells the group that a device will not come back, so that garbage waits for it no more.",
            "Should it come back all the same, it takes over what the others hold; what it alone wrote is then written",
            "anew, or goes into the conflict journal. A device that is reachable cannot be retired."
        })
final class RetireCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "DEVICE", description = "Its name, its id, or how its id begins; 'lanyard devices' tells.")
    private String device;

    @Override
    public Integer call() throws Exception {
        if (device.isEmpty()) {
            throw new CommandFailure(ExitCode.USAGE, "a device has a name and an id", "'lanyard devices' lists them");
        }
        DaemonClient client = lanyard.client();
        JsonValue chosen = choose(client.get("/api/devices").json().get("items").elements(), device);
        String id = chosen.get("id").text();
        JsonValue done = client.send("POST", "/api/devices/" + DocumentName.encode(id) + "/retire", Map.of(), null)
                .json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(done);
        } else if (done.get("outcome").text().equals("already_retired")) {
            output.message(named(chosen) + " was retired before");
        } else {
            output.message("retired " + named(chosen));
            output.message(
                    "Garbage waits for it no more, as soon as every other device knows. Should it come back, it takes"
                            + " over what the others hold, and nothing that it alone wrote is lost.");
        }
        return ExitCode.OK.number();
    }

    /**
     * Finds the one device that is meant.
     *
     * @throws CommandFailure if none or several could be
     */
    private static JsonValue choose(List<JsonValue> devices, String text) throws CommandFailure {
        List<JsonValue> found = devices.stream()
                .filter(candidate -> candidate.get("id").text().equals(text))
                .toList();
        if (found.isEmpty()) {
            found = devices.stream()
                    .filter(candidate -> candidate.get("name").text().equals(text)
                            || candidate.get("id").text().startsWith(text))
                    .toList();
        }
        if (found.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "there is no device '" + text + "'", "'lanyard devices' lists them");
        }
        if (found.size() > 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + text + "' could be any of "
                            + found.stream().map(RetireCommand::named).collect(Collectors.joining(", ")),
                    "name it by its id");
        }
        return found.get(0);
    }

    private static String named(JsonValue device) {
        return device.get("name").text() + " (" + device.get("id").text() + ")";
    }
}
