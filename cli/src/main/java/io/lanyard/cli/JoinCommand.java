package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.client.RequestRefusedException;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard join}: brings this device into a group. */
@Command(
        name = "join",
        description = {
            "Brings this device into a group, by the code that 'lanyard invite' shows on one of its admins' devices.",
            "Documents that this device holds merge with those of the group, both ways; if there are any, it asks first.",
            "Ends with 0 once this device is in step, 7 if it is a member and not in step yet."
        })
final class JoinCommand implements Callable<Integer> {

    private static final long LOOK_MILLIS = 250;
    private static final long IN_STEP_NANOS = TimeUnit.SECONDS.toNanos(30);

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(
            paramLabel = "CODE",
            description = "The code, with or without dashes, in any case; - reads it from standard input.")
    private String code;

    @Option(
            names = "--from",
            paramLabel = "HOST[:PORT]",
            description = "The device that invites; without it, it is looked for on this network.")
    private String from;

    @Option(names = "--yes", description = "Do not ask, although this device holds documents or leaves a group.")
    private boolean yes;

    @Override
    public Integer call() throws Exception {
        DaemonClient client = lanyard.client();
        Output output = lanyard.output();
        String typed = lanyard.content(code).strip();
        JsonValue joined;
        try {
            joined = join(client, typed, yes);
        } catch (RequestRefusedException refusal) {
            if (!refusal.code().equals("needs_consent")) {
                throw refusal.code().equals("mistyped_code")
                        ? new CommandFailure(ExitCode.USAGE, refusal.getMessage(), refusal.hint())
                        : refusal;
            }
            output.message(refusal.getMessage());
            if (!isAgreed()) {
                throw new CommandFailure(
                        ExitCode.PRECONDITION_FAILED,
                        output.isJson() ? refusal.getMessage() : "nothing was changed",
                        "say --yes if that is what you want");
            }
            joined = join(client, typed, true);
        }
        output.message(output.good("joined") + " " + joined.get("group").text() + ", invited by "
                + InviteCommand.name(joined.get("inviter")) + "; this device is "
                + InviteCommand.name(joined.get("device"))
                + (joined.get("admin").isTrue() ? ", an admin" : ""));
        boolean isInStep = awaitStep(client, output);
        if (output.isJson()) {
            output.value(JsonValue.object("joined", joined, "inStep", isInStep));
        } else if (!isInStep) {
            output.message("It is a member, and not in step yet; 'lanyard status' tells how far it is.");
        }
        return (isInStep ? ExitCode.OK : ExitCode.TIMED_OUT).number();
    }

    private JsonValue join(DaemonClient client, String typed, boolean agreed) throws Exception {
        List<Object> members = new ArrayList<>(List.of("code", typed, "yes", agreed));
        if (from != null) {
            members.add("from");
            members.add(from);
        }
        return client.send(
                        "POST",
                        "/api/join",
                        Map.of(),
                        JsonValue.object(members.toArray()).toJson())
                .json();
    }

    /** Asks the person, if one is there to be asked. */
    private boolean isAgreed() throws IOException {
        Surroundings around = lanyard.surroundings();
        if (!around.isTerminal() || lanyard.output().isJson() || code.equals("-")) {
            return false;
        }
        around.err().print("Go on? [y/N] ");
        around.err().flush();
        String answer = new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8)).readLine();
        return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
    }

    private static boolean awaitStep(DaemonClient client, Output output) throws Exception {
        long end = System.nanoTime() + IN_STEP_NANOS;
        boolean isTold = false;
        while (System.nanoTime() - end < 0) {
            List<JsonValue> online = client.get("/api/sync/status").json().get("peers").elements().stream()
                    .filter(peer -> peer.get("online").isTrue())
                    .toList();
            if (!online.isEmpty()
                    && online.stream().allMatch(peer -> peer.get("inStep").isTrue())) {
                output.message("in step with " + online.size() + (online.size() == 1 ? " device" : " devices"));
                return true;
            }
            if (!isTold) {
                output.message("fetching what the group holds");
                isTold = true;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return false;
    }
}
