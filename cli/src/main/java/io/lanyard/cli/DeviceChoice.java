package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import java.util.List;
import java.util.stream.Collectors;

/** Which device of the group somebody means who types its name, its id, or how its id begins. */
final class DeviceChoice {

    private DeviceChoice() {}

    /**
     * Finds the one device that is meant.
     *
     * @throws CommandFailure if none or several could be
     */
    static JsonValue of(DaemonClient client, String text) throws Exception {
        if (text.isEmpty()) {
            throw new CommandFailure(ExitCode.USAGE, "a device has a name and an id", "'lanyard devices' lists them");
        }
        List<JsonValue> devices = client.get("/api/devices").json().get("items").elements();
        List<JsonValue> found = devices.stream()
                .filter(candidate -> candidate.get("id").text().equals(text))
                .toList();
        if (found.isEmpty()) {
            found = devices.stream()
                    .filter(candidate -> candidate.get("name").text().equals(text)
                            || candidate.get("id").text().startsWith(text))
                    .toList();
        }
        if (found.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "there is no device '" + text + "'", "'lanyard devices' lists them");
        }
        if (found.size() > 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + text + "' could be any of "
                            + found.stream().map(DeviceChoice::named).collect(Collectors.joining(", ")),
                    "name it by its id");
        }
        return found.get(0);
    }

    /** Returns its name and id, for people. */
    static String named(JsonValue device) {
        return device.get("name").text() + " (" + device.get("id").text() + ")";
    }
}
