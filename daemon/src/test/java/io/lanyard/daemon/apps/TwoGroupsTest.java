package io.lanyard.daemon.apps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.Daemon;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two homes on one machine: each a group of its own at first, then one group, once one admits the other. */
class TwoGroupsTest {

    @Test
    void homes_ofTwoGroups_stayApartAndSaySo(@TempDir Path folder) throws Exception {
        List<Integer> ports = Group.freePorts(2);
        Path ours = Files.createDirectories(folder.resolve("ours"));
        Path theirs = Files.createDirectories(folder.resolve("theirs"));
        Map<String, Object> contact = TestData.contact(1);
        try (Daemon our = Daemon.start(Group.config(ours, "ours", ports.get(0), ports))) {
            ApiClient here = ApiClient.in(ours);
            here.put("contact/ada", contact).with(201);
            try (Daemon their = Daemon.start(Group.config(theirs, "theirs", ports.get(1), ports))) {
                ApiClient there = ApiClient.in(theirs);
                there.put("contact/eve", TestData.contact(2)).with(201);
                for (ApiClient client : List.of(here, there)) {
                    Group.until(() -> assertTrue(
                            Json.list(client.status(), "notices").stream()
                                    .anyMatch(notice -> notice.toString().contains("lanyard invite")),
                            () -> "nothing is said about the other group: " + client.status()));
                    assertEquals("alone", client.status().get("state"));
                }
                there.get("contact/ada").with(404);
                here.get("contact/eve").with(404);
                assertEquals(
                        List.of("theirs", "ours"),
                        List.of(their.device().name(), our.device().name()));
            }
            GroupHome.admitOffline(ours, theirs, "theirs", Role.MEMBER);
            try (Daemon joined = Daemon.start(Group.config(theirs, "theirs", ports.get(1), ports))) {
                ApiClient there = ApiClient.in(theirs);
                Group.awaitEqual(List.of(here, there));
                assertEquals(contact, there.get("contact/ada").with(200).json());
                assertEquals(
                        TestData.contact(2), here.get("contact/eve").with(200).json());
                assertEquals(
                        joined.device().id(),
                        Json.get(Json.list(here.status(), "peers").get(0), "id"));
            }
        }
    }
}
