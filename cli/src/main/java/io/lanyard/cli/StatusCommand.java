package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard status}: what is going on with this device. */
@Command(name = "status", description = "Tells how this device stands to the others.")
final class StatusCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() throws Exception {
        JsonValue status = lanyard.client().get("/api/sync/status").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(status);
        } else {
            print(status, output);
        }
        return ExitCode.OK.number();
    }

    private static void print(JsonValue status, Output output) {
        JsonValue device = status.get("device");
        JsonValue peers = status.get("peers");
        output.row(
                "device",
                device.get("name").text() + output.faint("  " + device.get("id").text()));
        output.row("state", state(status));
        output.row("peers", online(peers.elements()));
        output.row("pending", status.get("pending").text() + " own writes that no other device holds yet");
        output.row("last sync", orElse(status.get("lastSync"), "never"));
        output.row("conflicts", conflicts(status));
        if (!status.get("garbage").get("waitsFor").elements().isEmpty()) {
            output.row("garbage", garbage(status.get("garbage")));
        }
        if (peers.elements().stream().anyMatch(peer -> peer.get("online").isTrue())) {
            output.row("clock", clock(status.get("clock"), output));
        }
        output.row("storage", storage(status.get("storage"), output));
        JsonValue salvage = status.get("storage").get("damage").get("lastSalvage");
        if (!salvage.isNull()) {
            output.row("damage", damage(salvage));
        }
        output.row("digest", status.get("digest").text());
        status.get("versionVector")
                .members()
                .forEach((replica, sequence) -> output.row("holds", replica + " up to " + sequence.text()));
        for (JsonValue notice : status.get("notices").elements()) {
            output.line(output.bad("!") + " " + notice.text());
        }
        if (!peers.elements().isEmpty()) {
            output.line("");
            PeersCommand.print(peers, output);
        }
    }

    private static String state(JsonValue status) {
        String state = status.get("state").text().replace('_', ' ');
        JsonValue fence = status.get("fence");
        if (fence.isNull()) {
            return status.get("catchingUp").isTrue() ? state + ", catching up: documents are of mixed age" : state;
        }
        String from = orElse(fence.get("fromName"), orElse(fence.get("from"), "another device"));
        return state + ", rejoining: "
                + switch (fence.get("phase").text()) {
                    case "staging" ->
                        "taking over from " + from + ", "
                                + fence.get("documents").text() + " documents so far";
                    case "switching" -> "putting what " + from + " holds in the place of what was here; writes wait";
                    case "reissuing" -> "writing anew what only this device had";
                    default -> fence.get("phase").text();
                };
    }

    private static String online(List<JsonValue> peers) {
        long online = peers.stream().filter(peer -> peer.get("online").isTrue()).count();
        return online + " online" + (online < peers.size() ? " of " + peers.size() + " met" : "");
    }

    private static String conflicts(JsonValue status) {
        long open = status.get("conflicts").wholeNumber(0);
        return open == 0 ? "none open" : open + " open; 'lanyard conflicts' lists them";
    }

    private static String garbage(JsonValue garbage) {
        int devices = garbage.get("waitsFor").elements().size();
        return garbage.get("waiting").text() + " changes are kept for " + devices
                + (devices == 1 ? " device" : " devices") + "; 'lanyard devices' names them";
    }

    private static String clock(JsonValue clock, Output output) {
        String offset = String.format(
                "%+d ms from the group's median", clock.get("fromMedianMillis").wholeNumber(0));
        return clock.get("off").isTrue() ? output.bad(offset + ": off") : offset;
    }

    private static String damage(JsonValue salvage) {
        String lost = salvage.get("everythingLost").isTrue()
                ? "everything lost"
                : salvage.get("lostDocuments").text() + " documents lost";
        return lost + " at " + salvage.get("at").text() + ", the damaged files are in "
                + salvage.get("movedTo").text() + "; "
                + (salvage.get("madeGood").isTrue()
                        ? "what was lost came back from " + orElse(salvage.get("madeGoodFrom"), "a peer")
                                + (salvage.get("madeGoodAt").isNull()
                                        ? ""
                                        : " at " + salvage.get("madeGoodAt").text())
                        : "what was lost comes back from the first peer");
    }

    private static String storage(JsonValue storage, Output output) {
        StringBuilder text = new StringBuilder(size(storage.get("bytes")));
        if (!storage.get("freeBytes").isNull()) {
            text.append(", ").append(size(storage.get("freeBytes"))).append(" free");
        }
        String state = orElse(storage.get("state"), "writable");
        if (!state.equals("writable")) {
            text.append(", ").append(output.bad(state.replace('_', ' ')));
            text.append(
                    storage.get("reason").isNull()
                            ? ""
                            : ": " + storage.get("reason").text());
        }
        JsonValue compaction = storage.get("lastCompaction");
        if (!compaction.isNull() && !compaction.get("outcome").text().equals("done")) {
            text.append(", ").append(output.bad("not compacted"));
            text.append(": ").append(orElse(compaction.get("message"), ""));
        }
        return text.toString();
    }

    private static String size(JsonValue bytes) {
        double kibibytes = bytes.wholeNumber(0) / 1024.0;
        if (kibibytes < 1024) {
            return String.format(Locale.ROOT, "%.0f KiB", Math.ceil(kibibytes));
        }
        return kibibytes < 1024 * 1024
                ? String.format(Locale.ROOT, "%.1f MiB", kibibytes / 1024)
                : String.format(Locale.ROOT, "%.1f GiB", kibibytes / 1024 / 1024);
    }

    private static String orElse(JsonValue value, String otherwise) {
        return value.isNull() ? otherwise : value.text();
    }
}
