package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.EngineStatus.FenceState;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.NodeStatus.State;
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
                false,
                new EngineStatus.Proof(false, 0, 0, 0, 0, 0, 0, 0, 0),
                List.of(),
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
}
