package io.lanyard.cli;

import io.lanyard.cli.DoctorCommand.Finding;
import io.lanyard.cli.json.JsonValue;
import java.util.ArrayList;
import java.util.List;

/** What the doctor makes of a daemon's status. */
final class StatusCheckup {
    private static final long LITTLE_SPACE_BYTES = 256L << 20;

    private StatusCheckup() {}

    static List<Finding> of(JsonValue status) {
        List<Finding> findings = new ArrayList<>();
        findings.add(disk(status.get("storage")));
        findings.add(damage(status.get("storage").get("damage")));
        findings.add(clock(status.get("clock")));
        findings.add(peers(status));
        findings.add(differences(status.get("check")));
        findings.add(refused(status.get("refused")));
        findings.add(javaObjects(status.get("process")));
        findings.add(coreDumps(status.get("process")));
        for (JsonValue notice : status.get("notices").elements()) {
            findings.add(Finding.look("notice", notice.text(), ""));
        }
        return findings;
    }

    /** What was looked for: the finding if it is so, else that all is well with what it is about. */
    private static Finding onlyIf(boolean isSo, Finding finding, String otherwise) {
        return isSo ? finding : Finding.ok(finding.about(), otherwise);
    }

    private static Finding disk(JsonValue storage) {
        if (!storage.get("state").text().equals("writable")) {
            return Finding.bad(
                    "disk",
                    "The disk takes no writes: " + storage.get("reason").text() + ".",
                    "Make room or mend the disk; writing goes on by itself.");
        }
        long free = storage.get("freeBytes").wholeNumber(Long.MAX_VALUE);
        return onlyIf(
                free < LITTLE_SPACE_BYTES,
                Finding.look("disk", "Only " + (free >> 20) + " MiB are free on the disk.", "Make room."),
                "The disk takes writes and has room.");
    }

    private static Finding damage(JsonValue damage) {
        JsonValue salvage = damage.get("lastSalvage");
        if (!salvage.isNull() && !salvage.get("madeGood").isTrue()) {
            return Finding.bad(
                    "store",
                    "The store was damaged, and what was lost is not back yet; the damaged files are in "
                            + salvage.get("movedTo").text() + ".",
                    "Let this device meet another one of its group; check the disk.");
        }
        long mended = damage.get("mendedPages").wholeNumber(0);
        return onlyIf(
                mended > 0,
                Finding.look(
                        "store",
                        mended + " pages of the store had a wrong bit and were mended.",
                        "Check the disk or the memory of this machine."),
                "The store shows no damage.");
    }

    private static Finding clock(JsonValue clock) {
        long seconds = clock.get("fromMedianMillis").wholeNumber(0) / 1_000;
        return onlyIf(
                clock.get("off").isTrue(),
                Finding.bad(
                        "clock",
                        "The clock is " + seconds + " s from the other devices'.",
                        "Set the clock, or switch on the system's time synchronisation."),
                "The clock agrees with the other devices that are here.");
    }

    private static Finding peers(JsonValue status) {
        long online = status.get("peers").elements().stream()
                .filter(peer -> peer.get("online").isTrue())
                .count();
        String state = status.get("state").text();
        if (state.equals("refusing")) {
            return Finding.bad(
                    "peers",
                    "Another live device has this one's identity, so this one does not sync.",
                    "'lanyard identity new' here, and a restart.");
        }
        boolean isFirst = status.get("peers").elements().isEmpty();
        return online == 0
                ? Finding.look(
                        "peers",
                        isFirst
                                ? "No other device of the group was ever met."
                                : "No other device of the group is reachable.",
                        (isFirst ? "Let one in by 'lanyard invite'. If there is one: " : "")
                                + "Start one, see that both are on the same LAN and that no firewall closes UDP 7776 and TCP"
                                + " 7800-7810, or name it with --peers. 'lanyard devices' there tells whether this one was"
                                + " revoked: then nobody answers it.")
                : Finding.ok(
                        "peers",
                        online + (online == 1 ? " other device is" : " other devices are") + " reachable; the group is "
                                + state.replace('_', ' ') + ".");
    }

    private static Finding differences(JsonValue check) {
        long differing = check.get("differing").wholeNumber(0);
        return onlyIf(
                differing > 0,
                Finding.bad(
                        "agreement",
                        differing + " documents differ between devices that hold the same writes.",
                        "'lanyard verify' names them and can repair."),
                "The last check found no document that differs between devices.");
    }

    private static Finding refused(JsonValue refused) {
        long lies =
                refused.get("senders").wholeNumber(0) + refused.get("messages").wholeNumber(0);
        if (lies > 0) {
            return Finding.bad(
                    "members",
                    lies + " messages were refused because a member spoke for another, or was a member no more.",
                    "The log names the device of the first; if it is still a member, revoke it.");
        }
        long knocks = refused.get("peers").wholeNumber(0);
        return onlyIf(
                knocks > 0,
                Finding.look(
                        "strangers",
                        knocks + " times a device that is no member knocked, and was refused.",
                        "If it should belong here: 'lanyard invite'."),
                "No device was refused since the daemon's start.");
    }

    private static Finding javaObjects(JsonValue process) {
        return onlyIf(
                !process.get("refusesJavaObjects").isTrue(),
                Finding.bad(
                        "deserialization",
                        "The daemon would read Java objects.",
                        "Start it with bin/lanyard, without -Djdk.serialFilter of your own."),
                "The daemon refuses every Java object.");
    }

    private static Finding coreDumps(JsonValue process) {
        return onlyIf(
                process.get("mayDumpCore").isTrue(),
                Finding.bad(
                        "core dumps",
                        "The system may write the daemon's memory, keys included, to a file when it crashes.",
                        "Start it with bin/lanyard, or after 'ulimit -c 0'."),
                "The daemon leaves no core file.");
    }
}
