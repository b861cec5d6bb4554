package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard revoke}: a device belongs to the group no more. */
@Command(
        name = "revoke",
        description = {
            "Takes a device's membership away, for good: the others close their connections with it as soon as they hear",
            "of it, and take nothing from it any more. What they had taken of its writes before stays.",
            "On the device of an admin. It asks first. What the device holds already, it keeps."
        })
final class RevokeCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "DEVICE", description = "Its name, its id, or how its id begins; 'lanyard devices' tells.")
    private String device;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    public Integer call() throws Exception {
        DaemonClient client = lanyard.client();
        JsonValue chosen = DeviceChoice.of(client, device);
        Output output = lanyard.output();
        if (!yes && !isAgreed(chosen)) {
            throw new CommandFailure(ExitCode.USAGE, "nothing was revoked", "say --yes if that is what you want");
        }
        String id = chosen.get("id").text();
        JsonValue done = client.send("POST", "/api/devices/" + DocumentName.encode(id) + "/revoke", Map.of(), null)
                .json();
        if (output.isJson()) {
            output.value(done);
        } else if (done.get("outcome").text().equals("already_revoked")) {
            output.message(DeviceChoice.named(chosen) + " was revoked before");
        } else {
            output.message("revoked " + DeviceChoice.named(chosen));
            output.message(
                    "Devices that are off now hear of it from the first member that they meet. It still knows the"
                            + " group's secret, which lets nobody in: 'lanyard keys rotate' makes a new one.");
        }
        return ExitCode.OK.number();
    }

    private boolean isAgreed(JsonValue chosen) throws IOException {
        Surroundings around = lanyard.surroundings();
        if (!around.isTerminal()) {
            return false;
        }
        around.err()
                .print("Revoke " + DeviceChoice.named(chosen)
                        + "? It is for good: it can come back only with a new key, by invitation. [y/N] ");
        around.err().flush();
        String answer = new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8)).readLine();
        return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    }
}
