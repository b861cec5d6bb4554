package io.lanyard.cli;

import io.lanyard.cli.client.Answer;
import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard verify}: proof that the devices show the same. */
@Command(
        name = "verify",
        description = {
            "Checks whether this device and all that are online show the same documents.",
            "Every document is read anew, here and there. Ends with 0 if all is the same, 8 if anything differs, "
                    + "7 if a device that is online could not be compared. Devices that are not reachable are named."
        })
final class VerifyCommand implements Callable<Integer> {

    private static final int MAX_PRINTED = 50;

    @ParentCommand
    private LanyardCommand lanyard;

    @Option(
            names = "--repair",
            description = "First replace what differs here by what --from shows. What is replaced goes into the "
                    + "conflict journal.")
    private boolean repair;

    @Option(names = "--from", paramLabel = "DEVICE", description = "The sound device, by name or id.")
    private String from;

    @Override
    public Integer call() throws Exception {
        if (repair != (from != null)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    repair ? "--repair needs --from: the device whose documents are sound" : "--from needs --repair");
        }
        DaemonClient client = lanyard.client();
        Output output = lanyard.output();
        String target = "/api/sync/verify" + (repair ? "?repairFrom=" + DocumentName.encode(from) : "");
        Answer answer = client.send("POST", target, Map.of(), null);
        if (answer.status() == 202) {
            output.message("still reading; this takes a while where there are many documents");
        }
        while (answer.status() == 202) {
            answer =
                    client.get("/api/sync/verify/" + answer.json().get("number").text());
        }
        JsonValue report = answer.json();
        if (output.isJson()) {
            output.value(report);
        } else {
            print(report, output);
            switch (report.get("verdict").text()) {
                case "same" -> tellOfAbsent(client.get("/api/devices").json(), output);
                case "differs" -> tellWhatNext(report.get("peers").elements(), output);
                default -> {}
            }
        }
        return exitCode(report.get("verdict").text()).number();
    }

    private static ExitCode exitCode(String verdict) {
        return switch (verdict) {
            case "same" -> ExitCode.OK;
            case "differs" -> ExitCode.UNHEALTHY;
            default -> ExitCode.TIMED_OUT;
        };
    }

    private static void print(JsonValue report, Output output) {
        JsonValue own = report.get("own");
        if (!report.get("repair").isNull()) {
            output.line("repaired    " + count(report.get("repair").get("replaced"), "document") + " replaced by "
                    + report.get("repair").get("name").text() + "'s; what they showed here is in 'lanyard conflicts'");
        }
        boolean isSound = !own.get("digestWasWrong").isTrue()
                && own.get("altered").elements().isEmpty()
                && own.get("unreadable").elements().isEmpty();
        output.line((isSound ? output.good("sound") : output.bad("damaged")) + "       this device, "
                + count(own.get("documents"), "document") + " read, digest "
                + own.get("digest").text());
        if (own.get("digestWasWrong").isTrue()) {
            output.line("            its digest was wrong and has been put right");
        }
        names("changed though nobody wrote it", own.get("altered"), output);
        names("cannot be read, and is asked of the others", own.get("unreadable"), output);
        List<JsonValue> peers = report.get("peers").elements();
        if (peers.isEmpty()) {
            output.message("no other device is online: there was nothing to compare with");
        }
        for (JsonValue peer : peers) {
            String detail =
                    peer.get("detail").isNull() ? "" : ": " + peer.get("detail").text();
            output.line(verdict(peer.get("verdict").text(), output)
                    + peer.get("name").text()
                    + detail);
            names("differs", peer.get("documents"), output);
            if (peer.get("more").isTrue()) {
                output.line("            and perhaps more");
            }
        }
    }

    /** Names those that count and could not be asked, so that nobody takes "same" for an answer about them. */
    private static void tellOfAbsent(JsonValue devices, Output output) {
        for (JsonValue device : devices.get("items").elements()) {
            boolean isExpected = !device.get("self").isTrue()
                    && !device.get("retired").isTrue()
                    && !device.get("revoked").isTrue();
            if (isExpected && !device.get("online").isTrue()) {
                output.message("not compared with " + device.get("name").text() + ", which is not reachable now");
            }
        }
    }

    /** Says where to repair; of three or more, the one that all others differ from is the likely one. */
    private static void tellWhatNext(List<JsonValue> peers, Output output) {
        List<String> differing = names(peers, "differs");
        List<String> same = names(peers, "same");
        if (differing.size() == 1 && !same.isEmpty()) {
            output.message("most likely " + differing.get(0) + " is damaged, since the others agree with this device."
                    + " There run: lanyard verify --repair --from " + same.get(0));
        } else if (differing.size() > 1 && same.isEmpty()) {
            output.message("most likely this device is damaged, since no other one agrees with it."
                    + " Here run: lanyard verify --repair --from " + differing.get(0));
        } else if (!differing.isEmpty()) {
            output.message("find out which device is damaged, and there run: lanyard verify --repair --from DEVICE,"
                    + " with a sound one");
        }
    }

    private static List<String> names(List<JsonValue> peers, String verdict) {
        return peers.stream()
                .filter(peer -> peer.get("verdict").text().equals(verdict))
                .map(peer -> peer.get("name").text())
                .toList();
    }

    private static String verdict(String word, Output output) {
        return switch (word) {
            case "same" -> output.good("same") + "        ";
            case "differs" -> output.bad("differs") + "     ";
            case "no_answer" -> output.bad("no answer") + "   ";
            default -> output.bad("unknown") + "     ";
        };
    }

    private static void names(String what, JsonValue documents, Output output) {
        List<JsonValue> all = documents.elements();
        all.stream().limit(MAX_PRINTED).forEach(name -> output.line("            " + name.text() + " " + what));
        if (all.size() > MAX_PRINTED) {
            output.line("            and " + (all.size() - MAX_PRINTED) + " more (--json names them)");
        }
    }

    private static String count(JsonValue number, String noun) {
        return number.text() + " " + noun + (number.wholeNumber(0) == 1 ? "" : "s");
    }
}
