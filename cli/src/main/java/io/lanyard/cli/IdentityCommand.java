package io.lanyard.cli;

import io.lanyard.cli.client.DaemonUnreachableException;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard identity}: who this device is, and how it becomes another one. */
@Command(name = "identity", description = "Tells who this device is: its id, its name, and whether it runs.")
final class IdentityCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        Path home = lanyard.settings().home();
        JsonValue running = running();
        Optional<String> stored = stored(home);
        if (running.isNull() && stored.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "there is no device in " + home, "'lanyard up' makes one at its first start");
        }
        String id = running.isNull() ? stored.get() : running.get("id").text();
        JsonValue name = running.isNull() ? JsonValue.of(lanyard.settings().find("name", null)) : running.get("name");
        boolean waits = stored.isPresent() && !stored.get().equals(id);
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "id", id, "name", name, "running", !running.isNull(), "next", waits ? stored.get() : null));
            return ExitCode.OK.number();
        }
        output.row("device", id);
        output.row("name", name.isNull() ? "(the computer's)" : name.text());
        output.row("daemon", running.isNull() ? "not running" : "running");
        if (waits) {
            output.row("from the next start on", stored.get());
        }
        return ExitCode.OK.number();
    }

    @Command(
            name = "new",
            description = {
                "Makes this device another one; needed where a home directory was copied and both run.",
                "An admin's new key belongs to the group at once; any other has to be invited again.",
                "The old key stays in HOME under another name. Documents stay. A daemon that runs must be restarted."
            })
    int renew() throws Exception {
        Path home = lanyard.settings().home();
        if (!Files.isDirectory(home)) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "there is no home directory " + home, "name another one with --home");
        }
        JsonValue running = running();
        Optional<String> before = stored(home);
        GroupHome.Renewal renewal;
        try {
            renewal = GroupHome.renew(home);
        } catch (IdentityException refused) {
            throw new CommandFailure(ExitCode.FAILURE, refused.getMessage(), refused.hint());
        }
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "id",
                    renewal.id(),
                    "previous",
                    before.orElse(null),
                    "member",
                    renewal.isMember(),
                    "restartNeeded",
                    !running.isNull()));
        } else {
            output.line(renewal.id());
        }
        output.message(
                renewal.isMember()
                        ? "the new key belongs to the group, as an admin; the old one does, too, until it is revoked"
                        : "the new key belongs to no group yet: let an admin invite it, and join");
        if (!running.isNull()) {
            output.message("restart the daemon: until then it goes on as device "
                    + running.get("id").text());
        }
        return ExitCode.OK.number();
    }

    private static Optional<String> stored(Path home) throws CommandFailure {
        try {
            return DeviceIdentity.idIn(home);
        } catch (IdentityException unreadable) {
            throw new CommandFailure(ExitCode.FAILURE, unreadable.getMessage(), unreadable.hint());
        }
    }

    /** Returns what the daemon says of its device, null if none runs. */
    private JsonValue running() throws Exception {
        try {
            return lanyard.client().get("/api/sync/status").json().get("device");
        } catch (DaemonUnreachableException notRunning) {
            return JsonValue.NULL;
        } catch (CommandFailure notThere) {
            if (notThere.exitCode() == ExitCode.UNREACHABLE) {
                return JsonValue.NULL;
            }
            throw notThere;
        }
    }
}
