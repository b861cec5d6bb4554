package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard devices}: every device that counts, or did. */
@Command(
        name = "devices",
        description = {
            "Lists every device of the group: what it may do, whether it is in step, and for whom garbage waits.",
            "What is deleted takes room until every device that counts has heard of it."
        })
final class DevicesCommand implements Callable<Integer> {

    private static final int SHORT_ID_LENGTH = 8;

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        JsonValue answer = lanyard.client().get("/api/devices").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(answer);
        } else {
            print(answer, output);
        }
        return ExitCode.OK.number();
    }

    private static void print(JsonValue answer, Output output) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "NAME",
                "SHORT ID",
                "ROLE",
                "REACHABLE",
                "IN STEP",
                "COUNTS",
                "GARBAGE WAITS",
                "CLOCK",
                "LAST SEEN",
                "VERSION",
                "ID"));
        for (JsonValue device : answer.get("items").elements()) {
            boolean isSelf = device.get("self").isTrue();
            rows.add(List.of(
                    device.get("name").text(),
                    shortened(device.get("id").text()),
                    role(device, output),
                    isSelf ? "this one" : PeersCommand.reachable(device, output),
                    isSelf ? "" : PeersCommand.inStep(device, output),
                    counts(device),
                    device.get("waitsForGarbage").isTrue() ? output.bad("yes") : "no",
                    isSelf ? "" : PeersCommand.clock(device, output),
                    PeersCommand.lastSeen(device),
                    device.get("version").isNull() ? "" : device.get("version").text(),
                    device.get("id").text()));
        }
        output.table(rows);
        garbage(answer).forEach(output::line);
    }

    private static String shortened(String id) {
        return id.substring(0, Math.min(SHORT_ID_LENGTH, id.length()));
    }

    private static String role(JsonValue device, Output output) {
        if (device.get("revoked").isTrue()) {
            return output.bad("revoked");
        }
        return device.get("role").isNull() ? "" : device.get("role").text();
    }

    private static String counts(JsonValue device) {
        if (!device.get("retired").isTrue()) {
            return "yes";
        }
        return device.get("retirementEffective").isTrue() ? "no, retired" : "until all know it is retired";
    }

    /** Returns what there is to say of garbage, a line each. */
    static List<String> garbage(JsonValue answer) {
        List<JsonValue> waitsFor = answer.get("items").elements().stream()
                .filter(device -> device.get("waitsForGarbage").isTrue())
                .toList();
        List<String> lines = new ArrayList<>();
        if (waitsFor.isEmpty()) {
            return lines;
        }
        lines.add("");
        lines.add(answer.get("garbage").get("waiting").text() + " changes are kept until these have heard of them:");
        waitsFor.forEach(device -> lines.add("  " + device.get("name").text() + " "
                + shortened(device.get("id").text()) + ": " + reason(device)));
        lines.add("A device that will not come back need not be waited for: lanyard retire DEVICE.");
        return lines;
    }

    private static String reason(JsonValue device) {
        return switch (device.get("waitsBecause").text()) {
            case "behind" -> "is here, and has not got everything yet";
            case "away" -> "was last heard at " + device.get("lastSeen").text();
            case "not_heard" -> "was not heard since this device's daemon started";
            case "retiring" -> "is retired, and not all devices know that yet";
            case "not_understood" ->
                "is here, and says nothing that this device understands: nothing goes while it is here. Update lanyard"
                        + " there, or end its daemon";
            default -> "lacks some of them";
        };
    }
}
