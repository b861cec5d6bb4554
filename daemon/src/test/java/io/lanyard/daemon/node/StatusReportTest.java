package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.NodeStatus.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusReportTest {

    private static EngineStatus.Peer peer(String name, boolean isInStep) {
        return new EngineStatus.Peer(new MemberId(name), new Device(name, name), true, isInStep, 0, 0, 0);
    }

    private static EngineStatus status(int members, List<EngineStatus.Peer> peers, FenceState fence) {
        return status(members, peers, fence, false, List.of());
    }

    private static EngineStatus status(
            int members,
            List<EngineStatus.Peer> peers,
            FenceState fence,
            boolean isRefusing,
            List<EngineStatus.KnownDevice> devices) {
        return new EngineStatus(
                Optional.empty(),
                new VersionVector(),
                Hash.ZERO,
                0,
                0,
                0,
                false,
                0,
                members,
                peers,
                Map.of(),
                new EngineStatus.Clocks(Map.of(), List.of()),
                isRefusing,
                new EngineStatus.Proof(false, 0, 0, 0, 0, 0, 0, 0, 0),
                devices,
                new EngineStatus.Garbage(0, 0, new VersionVector(), new VersionVector(), new VersionVector()),
                new EngineStatus.Fence(fence, "", 0));
    }

    /** Between the switch and its end a device shows what the server does, and not yet what people wrote here. */
    @ParameterizedTest
    @EnumSource(FenceState.class)
    void state_inTheFence_isNotInStepWhateverVectorsAndDigestsSay(FenceState fence) {
        State state = StatusReport.state(status(1, List.of(peer("till", true)), fence));
        assertEquals(fence == FenceState.NONE ? State.IN_STEP : State.SYNCING, state);
    }

    @Test
    void state_oneOfTheMembersIsNotInStepOrWasNeverHeard_isSyncing() {
        List<EngineStatus.Peer> different = List.of(peer("till", true), peer("office", false));
        assertEquals(State.SYNCING, StatusReport.state(status(2, different, FenceState.NONE)));
        assertEquals(State.SYNCING, StatusReport.state(status(2, List.of(peer("till", true)), FenceState.NONE)));
        assertEquals(State.ALONE, StatusReport.state(status(0, List.of(), FenceState.NONE)));
    }

    private static EngineStatus.KnownDevice device(String id, boolean isSelf, boolean isOnline) {
        return new EngineStatus.KnownDevice(id, id, isSelf, isOnline, false, false, 0, false, 0);
    }

    private static Map<MemberId, String> strange(boolean isRefusing, String... digits) {
        List<EngineStatus.KnownDevice> devices =
                List.of(device("aa11", true, true), device("bb22", false, true), device("cc33", false, false));
        Map<MemberId, String> silent = new HashMap<>();
        for (String some : digits) {
            silent.put(new MemberId("member of " + some), some);
        }
        return StatusReport.withoutCopies(silent, status(2, List.of(), FenceState.NONE, isRefusing, devices));
    }

    /** People would be told to update lanyard on sound devices, or to end their daemons. */
    @Test
    void withoutCopies_ofAHomeThatRunsTwice_nobodyIsCalledStrange() {
        assertEquals(Map.of(), strange(false, "aa", "bb"));
        assertEquals(Map.of(), strange(true, "aa", "bb", "cc", ""));
        assertEquals(2, strange(false, "aa", "bb", "cc", "").size());
    }
}
