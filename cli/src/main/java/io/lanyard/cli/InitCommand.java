package io.lanyard.cli;

import io.lanyard.cli.client.DaemonUnreachableException;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.MemberBook;
import io.lanyard.daemon.security.PrivateFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard init}: a group whose only member is this device. */
@Command(
        name = "init",
        description = {
            "Makes a group, of which this device is the first member and an admin. 'lanyard up' does so by itself where",
            "there is none, and calls the group like the device. Others are let in by 'lanyard invite'.",
            "A device that belongs to a group leaves it with --yes; documents stay. The daemon must not run."
        })
final class InitCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Option(names = "--group", paramLabel = "NAME", description = "What people call it. Without it, like this device.")
    private String group;

    @Option(names = "--yes", description = "Make a new group although this device belongs to one.")
    private boolean yes;

    @Override
    public Integer call() throws Exception {
        Path home = lanyard.settings().home();
        if (isRunning()) {
            throw new CommandFailure(
                    ExitCode.PRECONDITION_FAILED, "a daemon runs in " + home, "stop it first, and start it afterwards");
        }
        if (Files.exists(home.resolve(MemberBook.FILE_NAME)) && !yes) {
            throw new CommandFailure(
                    ExitCode.PRECONDITION_FAILED,
                    "the device in " + home + " belongs to a group already",
                    "say --yes to leave it for a new one");
        }
        String named = lanyard.settings().find("name", null);
        String device = named == null ? Daemon.hostName() : named;
        MemberBook book;
        try {
            PrivateFiles.prepareHome(home);
            book = GroupHome.found(home, group == null ? device : group, device).book();
        } catch (IdentityException refused) {
            throw new CommandFailure(ExitCode.FAILURE, refused.getMessage(), refused.hint());
        }
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object("id", book.groupId(), "name", book.groupName()));
        } else {
            output.message("made the group " + book.groupName() + "; 'lanyard up' starts it, and 'lanyard invite' lets"
                    + " others in");
        }
        return ExitCode.OK.number();
    }

    private boolean isRunning() throws Exception {
        try {
            lanyard.client().get("/api/sync/status");
            return true;
        } catch (DaemonUnreachableException notRunning) {
            return false;
        } catch (CommandFailure notThere) {
            if (notThere.exitCode() == ExitCode.UNREACHABLE) {
                return false;
            }
            throw notThere;
        }
    }
}
