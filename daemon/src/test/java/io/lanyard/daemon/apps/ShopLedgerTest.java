package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.apps.Group.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** App A: a shop's contacts and transactions on three devices, one of which is cut off for a while. */
class ShopLedgerTest {

    private static final int CONTACTS = 1_000;
    private static final int TRANSACTIONS = 5_000;

    private final Map<String, Object> contacts = new TreeMap<>();
    private final Map<String, Object> transactions = new TreeMap<>();
    private final Random random = new Random(1);

    @Test
    void ledger_oneDeviceCutOff_allHoldTheSameToTheDigit(@TempDir Path folder) throws Exception {
        try (Group group = Group.start(folder, "counter", "office", "van")) {
            Device counter = group.device(0);
            Device office = group.device(1);
            Device van = group.device(2);
            try (Subscriber officeScreen = Subscriber.of(office.client("screen"), "now", "contact", "transaction");
                    Subscriber secondTab = Subscriber.of(counter.client("tab2"), "now", "contact", "transaction");
                    Subscriber vanScreen = Subscriber.of(van.client("screen"), "now", "contact", "transaction")) {
                List<Subscriber> screens = List.of(officeScreen, secondTab, vanScreen);
                screens.forEach(Subscriber::synced);

                ApiClient counterTab = counter.client("tab1");
                writeContacts(counterTab, 0, 5);
                importContacts(counterTab, 5, 600);
                enter(counterTab, 0, 1_000);
                enter(office.client(), 1_000, 2_000);
                for (Subscriber screen : screens) {
                    screen.awaitEvents("contact_created", Set.copyOf(contacts.keySet()));
                }

                van.pullCable();
                Set<String> known = Set.copyOf(contacts.keySet());
                importContacts(van.client(), 600, 700);
                enter(van.client(), 2_000, 3_500);
                importContacts(counterTab, 700, CONTACTS);
                enter(counterTab, 3_500, TRANSACTIONS);
                assertHolds(van, known, true);
                assertHolds(van, ids("c-", 600, 700), true);
                assertHolds(van, ids("c-", 700, CONTACTS), false);
                assertHolds(office, ids("c-", 600, 700), false);

                van.plugIn();
                group.awaitMet();
                group.awaitEqual();
                for (Device device : List.of(counter, office, van)) {
                    Documents.assertSame(contacts, device.client().documents("contact"), device.name());
                    Documents.assertSame(transactions, device.client().documents("transaction"), device.name());
                    assertEquals(List.of(), device.client().conflicts(), device.name());
                }
                for (Subscriber screen : screens) {
                    assertToldOnce(screen);
                }
            }
        }
    }

    @Test
    void row_broadcast_cache_offlineWithCachedData_backOnline_autoReconnect_twoTabs_noPolling(@TempDir Path folder)
            throws Exception {
        Row row = new Row(
                "broadcast of contact_created and transaction_created",
                "no polling",
                "two browser tabs stay in step",
                "local cache",
                "falls back to cached data with \"Offline - showing cached data\"",
                "syncs when back online",
                "auto-reconnect");
        try (Group group = Group.start(folder, "counter", "office");
                Program tab1 = Program.of(group.device(0), "tab1", "contact", "transaction");
                Program tab2 = Program.of(group.device(0), "tab2", "contact", "transaction");
                Program office = Program.of(group.device(1), "office", "contact", "transaction")) {
            for (Program program : List.of(tab1, tab2, office)) {
                Group.until(() -> assertEquals(Program.ONLINE, program.indicator()));
            }
            ApiClient counter = group.device(0).client("tab1");
            double asked = asked(group.device(1));
            row.shows("broadcast of contact_created and transaction_created", () -> {
                counter.put("contact/ada", Json.object("name", "Ada")).with(201);
                counter.put("transaction/t1", Json.object("amount", Json.number("12.10")))
                        .with(201);
                Group.until(() -> assertEquals(
                        List.of("contact_created ada", "transaction_created t1"),
                        office.told().stream()
                                .map(event -> event.get("type") + " " + event.get("id"))
                                .toList()));
            });
            row.shows("no polling", () -> assertEquals(asked, asked(group.device(1)), "nobody asked for a document"));
            row.shows("two browser tabs stay in step", () -> {
                Group.until(() -> assertEquals(2, tab2.shown().size()));
                assertEquals(List.of(), tab1.told(), "its own changes");
            });
            row.shows(
                    "local cache",
                    () -> assertEquals(
                            Map.of("contact/ada", Json.object("name", "Ada"), "transaction/t1", amount("12.10")),
                            office.shown()));
            row.shows("falls back to cached data with \"Offline - showing cached data\"", () -> {
                group.device(1).pullCable();
                Group.until(() -> assertEquals("Offline - showing cached data", office.indicator()));
                counter.put("contact/bob", Json.object("name", "Bob")).with(201);
                group.device(1)
                        .client("desk")
                        .put("transaction/t2", amount("7"))
                        .with(201);
                Group.until(() -> assertEquals(
                        Set.of("contact/ada", "transaction/t1", "transaction/t2"),
                        office.shown().keySet()));
                assertEquals(
                        Json.object("name", "Ada"),
                        group.device(1).client().get("contact/ada").with(200).json());
            });
            row.shows("syncs when back online", () -> {
                group.device(1).plugIn();
                group.awaitMet();
                group.awaitEqual();
                Group.until(() -> {
                    assertEquals(Program.ONLINE, office.indicator());
                    assertEquals(4, office.shown().size());
                    assertEquals(office.shown().keySet(), tab2.shown().keySet());
                });
            });
            row.shows("auto-reconnect", () -> {
                int before = office.told().size();
                group.stop(1);
                Group.until(() -> assertEquals(Program.OFFLINE, office.indicator()));
                assertEquals(4, office.shown().size(), "from its own memory");
                counter.put("contact/eve", Json.object("name", "Eve")).with(201);
                group.startAgain(1);
                Group.until(() -> {
                    assertEquals(Json.object("name", "Eve"), office.shown().get("contact/eve"));
                    assertEquals(Program.ONLINE, office.indicator());
                });
                assertEquals(before + 1, office.told().size(), () -> "nothing twice: " + office.told());
            });
        }
        row.assertWhole();
    }

    private static Map<String, Object> amount(String amount) {
        return Json.object("amount", Json.number(amount));
    }

    /** Returns how many requests for documents and changes a device was sent. */
    private static double asked(Device device) {
        return device.client().metric("lanyard_http_request_seconds_count", "route=\"/api/docs")
                + device.client().metric("lanyard_http_request_seconds_count", "route=\"/api/sync/changes");
    }

    private void writeContacts(ApiClient client, int from, int to) {
        for (int i = from; i < to; i++) {
            Map<String, Object> contact = TestData.contact(i);
            client.put("contact/c-" + i, contact).with(201);
            contacts.put("c-" + i, contact);
        }
    }

    private void importContacts(ApiClient client, int from, int to) {
        List<Object> items = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Map<String, Object> contact = TestData.contact(i);
            items.add(ApiClient.create("contact", "c-" + i, contact));
            contacts.put("c-" + i, contact);
        }
        client.writeAll(items);
    }

    private void enter(ApiClient client, int from, int to) {
        List<Object> items = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Map<String, Object> transaction = TestData.transaction(i, random);
            items.add(ApiClient.create("transaction", "t-" + i, transaction));
            transactions.put("t-" + i, transaction);
        }
        client.writeAll(items);
    }

    private void assertHolds(Device device, Set<String> ids, boolean isHeld) {
        Map<String, Object> held = device.client().documents("contact");
        assertTrue(
                ids.stream().allMatch(id -> held.containsKey(id) == isHeld),
                () -> device.name() + (isHeld ? " lacks some of " : " holds some of ") + ids.size());
    }

    private static Set<String> ids(String prefix, int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> prefix + i).collect(Collectors.toSet());
    }

    /** Every document is new once and changes no more, so a screen is told exactly once, with what was written. */
    private void assertToldOnce(Subscriber screen) {
        Map<String, Object> missing = new HashMap<>();
        contacts.forEach((id, data) -> missing.put("contact_created " + id, data));
        transactions.forEach((id, data) -> missing.put("transaction_created " + id, data));
        for (Map<String, Object> event : screen.awaitEvents(missing.size())) {
            String key = event.get("type") + " " + event.get("id");
            assertTrue(missing.containsKey(key), () -> "told twice, or never written: " + event);
            assertEquals(missing.remove(key), event.get("data"), key);
        }
        assertEquals(Map.of(), missing, "never told");
    }
}
