package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CoreDumpsTest {

    @Test
    void arePossible_softLimit_decides() {
        String head = "Limit                     Soft Limit           Hard Limit           Units     ";
        assertFalse(CoreDumps.arePossible(
                List.of(head, "Max core file size        0                    unlimited            bytes     ")));
        assertTrue(CoreDumps.arePossible(
                List.of(head, "Max core file size        unlimited            unlimited            bytes     ")));
        assertFalse(CoreDumps.arePossible(List.of(head)));
    }

    @Test
    void refuse_thisProcess_readsNoJavaObject() {
        Deserialization.refuse();
        assertTrue(Deserialization.isRefused());
    }
}
