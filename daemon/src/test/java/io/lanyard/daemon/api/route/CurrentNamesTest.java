package io.lanyard.daemon.api.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.daemon.api.FakeNode;
import io.lanyard.daemon.security.Member;
import io.lanyard.daemon.security.Role;
import org.junit.jupiter.api.Test;

class CurrentNamesTest {
    private final CurrentNames names = new CurrentNames(new FakeNode());

    @Test
    void of_deviceThatWasHeard_isWhatItCallsItself_andElseWhatItWasAdmittedAs() {
        assertEquals("office", names.of(new Member("device-2", "as admitted", Role.ADMIN, "device-2", false)));
        assertEquals("as admitted", names.of(new Member("device-9", "as admitted", Role.ADMIN, "device-2", false)));
    }
}
