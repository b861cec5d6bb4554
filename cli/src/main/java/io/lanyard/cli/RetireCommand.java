package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.Map;
import java.util.concurrent.Callable;
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
        DaemonClient client = lanyard.client();
        JsonValue chosen = DeviceChoice.of(client, device);
        String id = chosen.get("id").text();
        JsonValue done = client.send("POST", "/api/devices/" + DocumentName.encode(id) + "/retire", Map.of(), null)
                .json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(done);
        } else if (done.get("outcome").text().equals("already_retired")) {
            output.message(DeviceChoice.named(chosen) + " was retired before");
        } else {
            output.message("retired " + DeviceChoice.named(chosen));
            output.message(
                    "Garbage waits for it no more, as soon as every other device knows. Should it come back, it takes"
                            + " over what the others hold, and nothing that it alone wrote is lost.");
        }
        return ExitCode.OK.number();
    }
}
