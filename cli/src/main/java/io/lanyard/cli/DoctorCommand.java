package io.lanyard.cli;

import io.lanyard.cli.client.DaemonTimeoutException;
import io.lanyard.cli.client.DaemonUnreachableException;
import io.lanyard.cli.client.RequestRefusedException;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard doctor}: looks for what usually is the matter, and says what to do about it. */
@Command(
        name = "doctor",
        description = {
            "Looks for what usually is the matter: files that others can read, a daemon that does not answer, a full"
                    + " disk, a wrong clock, nobody found on the LAN, damage.",
            "Each line says how it is and what to do next. Ends with 8 when something is not as it should be."
        })
final class DoctorCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    /** What was found about one thing. */
    record Finding(String about, State state, String sentence, String next) {
        /** Whether somebody has to do something. */
        enum State {
            /** As it should be. */
            OK,
            /** Worth knowing; nothing is broken. */
            LOOK,
            /** Not as it should be. */
            BAD
        }

        static Finding ok(String about, String sentence) {
            return new Finding(about, State.OK, sentence, "");
        }

        static Finding look(String about, String sentence, String next) {
            return new Finding(about, State.LOOK, sentence, next);
        }

        static Finding bad(String about, String sentence, String next) {
            return new Finding(about, State.BAD, sentence, next);
        }
    }

    @Override
    public Integer call() throws Exception {
        Path home = lanyard.settings().home();
        List<Finding> findings = new ArrayList<>(FileCheckup.of(home));
        askDaemon(home, findings);
        boolean isHealthy = findings.stream().noneMatch(finding -> finding.state() == Finding.State.BAD);
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "healthy",
                    isHealthy,
                    "checks",
                    JsonValue.array(findings.stream().map(DoctorCommand::json).toList())));
        } else {
            findings.forEach(finding -> print(finding, output));
        }
        return (isHealthy ? ExitCode.OK : ExitCode.UNHEALTHY).number();
    }

    private void askDaemon(Path home, List<Finding> findings) throws IOException {
        try {
            JsonValue status = lanyard.client().get("/api/sync/status").json();
            findings.add(Finding.ok(
                    "daemon",
                    "The daemon answers, and calls itself "
                            + status.get("device").get("name").text() + "."));
            findings.addAll(StatusCheckup.of(status));
        } catch (DaemonUnreachableException | DaemonTimeoutException e) {
            findings.add(Finding.bad(
                    "daemon",
                    "The daemon does not answer: " + e.getMessage() + ".",
                    "Start it with 'lanyard up --home " + home + "', or look into its log."));
        } catch (RequestRefusedException e) {
            findings.add(Finding.bad(
                    "daemon",
                    "The daemon refuses this token: " + e.getMessage() + ".",
                    "Use the token of this home: --token-file " + home.resolve("token") + "."));
        } catch (CommandFailure e) {
            findings.add(Finding.bad(
                    "daemon",
                    "No daemon can be asked: " + e.getMessage() + ".",
                    "Start it with 'lanyard up --home " + home + "'."));
        }
    }

    private static JsonValue json(Finding finding) {
        return JsonValue.object(
                "about",
                finding.about(),
                "state",
                finding.state().name().toLowerCase(Locale.ROOT),
                "message",
                finding.sentence(),
                "next",
                finding.next().isEmpty() ? null : finding.next());
    }

    private static void print(Finding finding, Output output) {
        String mark = switch (finding.state()) {
            case OK -> output.good("ok  ");
            case LOOK -> output.bold("look");
            case BAD -> output.bad("BAD ");
        };
        output.line(mark + "  " + finding.sentence()
                + (finding.next().isEmpty() ? "" : " " + output.bold("Next:") + " " + finding.next()));
    }
}
