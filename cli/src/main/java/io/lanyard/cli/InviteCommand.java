package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.client.DaemonTimeoutException;
import io.lanyard.cli.client.DaemonUnreachableException;
import io.lanyard.cli.client.RequestRefusedException;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard invite}: lets one device into the group. */
@Command(
        name = "invite",
        description = {
            "Lets one device into the group: prints a code for it, and waits until it came.",
            "Type the code on the new device: lanyard join CODE. It is good once, for some minutes, and is a secret until"
                    + " then. Ctrl-C takes it back.",
            "Only an admin of the group can invite. Whoever founded the group is one; have two."
        })
final class InviteCommand implements Callable<Integer> {

    private static final long LOOK_MILLIS = 500;

    @ParentCommand
    private LanyardCommand lanyard;

    @Option(names = "--admin", description = "The device becomes an admin: it may invite and revoke devices.")
    private boolean admin;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            description = "How long the code is good, 1 to 1440. Default: ${DEFAULT-VALUE}.",
            defaultValue = "10")
    private int minutes;

    @Option(names = "--qr", description = "Show the code as a QR code, too; it holds the code and nothing else.")
    private boolean qr;

    @Override
    public Integer call() throws Exception {
        DaemonClient client = lanyard.client();
        Output output = lanyard.output();
        JsonValue created = client.send(
                        "POST",
                        "/api/invitations",
                        Map.of(),
                        JsonValue.object("admin", admin, "minutes", minutes).toJson())
                .json();
        String target =
                "/api/invitations/" + created.get("invitation").get("id").text();
        Thread takeBack = new Thread(() -> end(client, target), "end-invitation");
        Runtime.getRuntime().addShutdownHook(takeBack);
        try {
            announce(created, output);
            return follow(client, created.get("invitation"), output).number();
        } finally {
            Runtime.getRuntime().removeShutdownHook(takeBack);
        }
    }

    private void announce(JsonValue created, Output output) {
        String code = created.get("code").text();
        if (output.isJson()) {
            output.value(created);
            return;
        }
        output.message("One device may join " + created.get("group").text() + (admin ? " as an admin" : "") + " within "
                + minutes + (minutes == 1 ? " minute" : " minutes") + ". On that device:");
        output.message("");
        output.message("  lanyard join " + code);
        output.message("");
        output.line(output.bold(code));
        if (qr) {
            QrCode.lines(code, output.mayColour()).forEach(output::line);
        }
        String address = created.get("address").text();
        output.message("If it finds nobody: lanyard join " + code + " --from " + address);
        output.message("Waiting; Ctrl-C takes the code back.");
    }

    private ExitCode follow(DaemonClient client, JsonValue first, Output output) throws Exception {
        JsonValue before = first;
        while (true) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            JsonValue now = find(client, first.get("id").text());
            if (output.isJson() && !now.toJson().equals(before.toJson())) {
                output.value(now);
            }
            tell(before, now, output);
            switch (now.get("state").text()) {
                case "open", "admitted" -> before = now;
                case "joined" -> {
                    return ExitCode.OK;
                }
                case "expired" ->
                    throw new CommandFailure(
                            ExitCode.TIMED_OUT, "nobody came in time", "invite again with 'lanyard invite'");
                case "tried_out" ->
                    throw new CommandFailure(
                            ExitCode.FAILURE,
                            "the invitation ended after " + now.get("tries").text() + " wrong codes",
                            "somebody on this network tries codes; the last came from "
                                    + now.get("lastSeen").text() + ". Invite again with 'lanyard invite'");
                default -> throw new CommandFailure(ExitCode.FAILURE, "the invitation was taken back", "");
            }
        }
    }

    private static JsonValue find(DaemonClient client, String id) throws Exception {
        return client.get("/api/invitations").json().get("items").elements().stream()
                .filter(item -> item.get("id").text().equals(id))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILURE,
                        "the invitation is gone: the daemon was started anew",
                        "invite again with 'lanyard invite'"));
    }

    private static void tell(JsonValue before, JsonValue now, Output output) {
        if (!now.get("tries").text().equals(before.get("tries").text())) {
            output.message("a wrong code came from " + now.get("lastSeen").text() + " ("
                    + now.get("tries").text() + " of " + now.get("maxTries").text() + ")");
        } else if (before.get("seen").text().equals("0")
                && !now.get("seen").text().equals("0")) {
            output.message("a device with the code is at " + now.get("lastSeen").text());
        }
        boolean isNewState = !now.get("state").text().equals(before.get("state").text());
        if (isNewState && now.get("state").text().equals("admitted")) {
            output.message(name(now.get("joined")) + " was admitted");
        } else if (isNewState && now.get("state").text().equals("joined")) {
            output.message(output.good("joined") + ": " + name(now.get("joined")));
        }
    }

    /** Returns how people know a device on both ends: its name, and how its id begins. */
    static String name(JsonValue device) {
        return device.get("name").text() + " (" + device.get("shortId").text() + ")";
    }

    private void end(DaemonClient client, String target) {
        try {
            client.send("DELETE", target, Map.of(), null);
        } catch (DaemonUnreachableException | DaemonTimeoutException | RequestRefusedException e) {
            lanyard.surroundings().err().println("lanyard: the code may still be good: " + e.getMessage());
        }
    }
}
