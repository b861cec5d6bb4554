package io.lanyard.daemon.simulation;

import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Engine;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.Settings;
import io.lanyard.daemon.message.MemberId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** A workstation: a disk, a wall clock, and while it is up an engine and a membership. */
final class Station {
    final int slot;
    final String name;
    Settings settings;
    final List<Disk> copies = new ArrayList<>();
    /** The disk that is not in use while a copy of it is, or {@code null}. */
    Disk drawer;

    Disk disk = new Disk();
    /** {@code null} while it is down. */
    Engine engine;

    MemberId member;
    Set<MemberId> view = Set.of();
    long wallOffsetMillis;
    boolean isGoneForEver;
    /** What waits for the next step. */
    List<Input> inbox = new ArrayList<>();
    /** What the last step still wants done. */
    final Deque<Effect> pending = new ArrayDeque<>();

    boolean isWakeDue;
    boolean hadPage;
    /** What the server had whose tail came last, while this device stages it. */
    Passage.Estate estate;
    /** The walk by which it was last asked for what the fence is to bring. */
    long fenceWalk;
    /** The walk at whose tail that was. */
    long estateWalk;

    boolean isCommitDue;
    boolean isAcknowledgeDue;
    /** How often it came up: what was meant for an earlier life is not for this one. */
    int life;

    int writesSinceRollBack;
    int writesLost;

    Station(int slot, String name, Settings settings) {
        this.slot = slot;
        this.name = name;
        this.settings = settings;
    }

    boolean isUp() {
        return engine != null;
    }

    boolean isBusy() {
        return !pending.isEmpty();
    }

    @Override
    public String toString() {
        return name;
    }
}
