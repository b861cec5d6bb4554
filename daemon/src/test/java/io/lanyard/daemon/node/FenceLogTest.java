package io.lanyard.daemon.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.EngineStatus.FenceState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FenceLogTest {

    private final FenceLog log = new FenceLog();

    @Test
    void wholeWay_isToldStepByStep_eachOnce() {
        assertTrue(said(FenceState.STAGE).contains("takes over what office holds"));
        assertEquals(Optional.empty(), log.note(FenceState.STAGE, "office"));
        assertTrue(said(FenceState.SWITCH).contains("local writes wait"));
        assertTrue(said(FenceState.REISSUE).contains("those of office now"));
        assertTrue(said(FenceState.NONE).contains("it syncs"));
        assertEquals(Optional.empty(), log.note(FenceState.NONE, ""));
    }

    @Test
    void serverGone_isNotTakenForTheEnd() {
        said(FenceState.STAGE);
        assertTrue(said(FenceState.NONE).contains("begins anew"));
    }

    @Test
    void restarted_inTheMiddle_claimsNothingItDoesNotKnow() {
        assertEquals(Optional.empty(), log.note(FenceState.NONE, ""));
        assertTrue(said(FenceState.REISSUE).contains("those of office now"));
    }

    private String said(FenceState state) {
        return log.note(state, "office").orElseThrow();
    }
}
