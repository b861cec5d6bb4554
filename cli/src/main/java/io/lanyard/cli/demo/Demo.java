package io.lanyard.cli.demo;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The demo's story: three devices of a small shop start, share what they write, are parted, write on, and meet again.
 *
 * <p>Every device is a process with its own HOME, and talks to the others over TLS on 127.0.0.1 as it would over a LAN.
 */
public final class Demo implements AutoCloseable {

    private static final long MEET_TIMEOUT_MILLIS = 45_000;
    private static final long SPREAD_TIMEOUT_MILLIS = 20_000;
    private static final int SALES = 200;
    private static final List<String> SHOWN =
            List.of("contact/ada", "transaction/t-0001", "expense/e-1", "expense/e-2", "expense/e-3");

    private final Output output;
    private final DemoGroup group;

    /** Takes where to speak; nothing runs yet. */
    public Demo(Output output) throws IOException {
        this(output, new DemoGroup());
    }

    Demo(Output output, DemoGroup group) {
        this.output = output;
        this.group = group;
    }

    /**
     * Plays the story, which takes some ten seconds.
     *
     * @throws DemoException when something breaks, or the devices do not come to hold the same in time
     */
    public void play() throws DemoException, IOException {
        say(output.bold("Lanyard: three devices of a shop, each with a daemon and a disk of its own"));
        say("");
        say(output.bold("1  They start, and find each other"));
        group.start(List.of("till", "office", "tablet"));
        group.devices().forEach(device -> say("   " + pad(device.name()) + device.api()));
        say("   in touch after another "
                + seconds(group.await("the devices to meet", MEET_TIMEOUT_MILLIS, group::haveMet)));
        DemoDevice till = group.devices().get(0);
        DemoDevice office = group.devices().get(1);
        DemoDevice tablet = group.devices().get(2);

        say("");
        say(output.bold("2  What one writes, all have"));
        share(till, "contact/ada", "{\"city\":\"Kraków\",\"name\":\"Ada Wójcik\"}");
        share(office, "contact/li", "{\"city\":\"台北\",\"name\":\"李小龍\"}");
        share(till, "transaction/t-0001", "{\"amount\":12.10,\"contact\":\"ada\"}");
        share(tablet, "expense/e-1", "{\"amount\":0.1,\"description\":\"paper bag\"}");
        share(office, "expense/e-2", "{\"amount\":48.90,\"description\":\"cleaning\"}");
        sell(till);

        say("");
        say(output.bold("3  The tablet's cable is pulled, and both sides go on writing"));
        tablet.unplug();
        group.await(
                "the tablet to be alone",
                MEET_TIMEOUT_MILLIS,
                () -> tablet.peersOnline() == 0 && till.peersOnline() == 1 && office.peersOnline() == 1);
        write(tablet, "PATCH", "contact/ada", "{\"phone\":\"+48 600 100 200\"}", "");
        write(office, "PATCH", "contact/ada", "{\"city\":\"Gdańsk\"}", "another field: both will stay");
        write(office, "PATCH", "transaction/t-0001", "{\"amount\":12.50}", "");
        write(tablet, "PATCH", "transaction/t-0001", "{\"amount\":12.90}", "the same field, and later: this will stay");
        write(till, "DELETE", "expense/e-2", null, "");
        write(tablet, "PUT", "expense/e-3", "{\"amount\":7.00,\"description\":\"coffee\"}", "");
        say("");
        compare();

        say("");
        say(output.bold("4  The cable is back"));
        tablet.plug();
        long healed = group.await("all three to hold the same", MEET_TIMEOUT_MILLIS, group::areEqual);
        say("   all three hold the same again after " + seconds(healed));
        say("");
        Map<String, JsonValue> merged = compare();
        say("");
        conclude(merged, healed);
    }

    /** Ends the processes and removes their directories; may be called at any time, from any thread, again too. */
    @Override
    public void close() throws IOException {
        group.close();
    }

    private void write(DemoDevice device, String method, String document, String json, String remark)
            throws DemoException {
        device.write(method, document, json);
        say(line(device, method.toLowerCase(Locale.ROOT), document + (json == null ? "" : " " + json), remark));
    }

    private void share(DemoDevice device, String document, String json) throws DemoException {
        device.write("PUT", document, json);
        long spread = group.await(document + " to be everywhere", SPREAD_TIMEOUT_MILLIS, () -> {
            for (DemoDevice other : group.devices()) {
                if (!json.equals(other.find(document))) {
                    return false;
                }
            }
            return true;
        });
        say(line(device, "put", document + " " + json, "everywhere after " + spread + " ms"));
    }

    private void sell(DemoDevice till) throws DemoException {
        StringBuilder batch = new StringBuilder();
        for (int i = 2; i < SALES + 2; i++) {
            batch.append(batch.isEmpty() ? "[" : ",")
                    .append(String.format(
                            Locale.ROOT,
                            "{\"action\":\"CREATE\",\"resourceType\":\"transaction\",\"resourceId\":\"t-%04d\","
                                    + "\"data\":{\"amount\":%d.%02d,\"contact\":\"li\"}}",
                            i,
                            i % 90,
                            i % 100));
        }
        till.writeBatch(batch.append(']').toString());
        long spread = group.await("the sales to be everywhere", SPREAD_TIMEOUT_MILLIS, group::areEqual);
        say(line(till, "batch", SALES + " sales in one write", "everywhere after " + spread + " ms"));
    }

    /** Shows what each device holds of some documents, and returns what all hold alike. */
    private Map<String, JsonValue> compare() throws DemoException {
        Map<String, JsonValue> alike = new LinkedHashMap<>();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("   DOCUMENT", "DEVICE", "HOLDS"));
        for (String document : SHOWN) {
            List<String> held = new ArrayList<>();
            for (DemoDevice device : group.devices()) {
                String json = device.find(document);
                held.add(json == null ? "(not there)" : json);
            }
            if (new HashSet<>(held).size() == 1) {
                rows.add(List.of("   " + document, output.good("all three"), held.get(0)));
                alike.put(document, group.devices().get(0).document(document));
            } else {
                for (int i = 0; i < held.size(); i++) {
                    String name = group.devices().get(i).name();
                    rows.add(List.of(i == 0 ? "   " + document : "", output.bad(name), held.get(i)));
                }
            }
        }
        table(rows);
        return alike;
    }

    private void conclude(Map<String, JsonValue> merged, long healedMillis) throws DemoException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("   DEVICE", "DIGEST", "VERSION VECTOR"));
        Map<String, JsonValue> devices = new LinkedHashMap<>();
        long conflicts = 0;
        for (DemoDevice device : group.devices()) {
            JsonValue status = device.status();
            JsonValue vector = status.get("versionVector");
            conflicts = Math.max(conflicts, status.get("conflicts").wholeNumber(0));
            rows.add(List.of("   " + device.name(), status.get("digest").text(), vector.toJson()));
            devices.put(device.name(), JsonValue.object("digest", status.get("digest"), "versionVector", vector));
        }
        if (merged.size() < SHOWN.size() || new HashSet<>(devices.values()).size() > 1) {
            throw DemoException.differing("the devices do not hold the same");
        }
        table(rows);
        say("");
        if (conflicts > 0) {
            say("   What lost to a later write is kept, and told: " + conflicts + " in the conflict journal.");
        }
        say(output.good("   Equal documents, equal version vectors, equal digests: the three are in step."));
        if (output.isJson()) {
            output.value(JsonValue.object(
                    "converged",
                    true,
                    "healedMillis",
                    healedMillis,
                    "conflicts",
                    conflicts,
                    "devices",
                    new JsonValue.ObjectValue(devices),
                    "documents",
                    new JsonValue.ObjectValue(merged)));
        }
    }

    private String line(DemoDevice device, String verb, String what, String remark) {
        String line = "   " + pad(device.name()) + String.format("%-8s", verb) + what;
        return remark.isEmpty() ? line : line + "   " + output.faint(remark);
    }

    private void say(String line) {
        if (!output.isJson()) {
            output.line(line);
        }
    }

    private void table(List<List<String>> rows) {
        if (!output.isJson()) {
            output.table(rows);
        }
    }

    private static String pad(String name) {
        return String.format("%-8s", name);
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
}
