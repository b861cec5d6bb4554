package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.MessageCodec;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Judges who lacks what the other counts on it to have, and has to go through the {@link Fence}.
 *
 * <p>A replica counts on every device for what it promised: garbage was dropped because everybody had it. A device whose
 * vector does not cover that may hold what was deleted, and may write without knowing of it. If two count on each other
 * in vain, the younger group gives way. Besides, a replica that has garbage which all had dropped takes nothing from who
 * knows that, since it may know nothing of the delete.
 */
final class Trust {

    /** No group is older than the first version, at the beginning of 2026; what says so has an unset clock. */
    private static final long FIRST_RELEASE_MILLIS = 1_767_225_600_000L;

    /** Stands in the place of nothing if more was lost while the documents of another device were taken over. */
    private static final byte[] DAMAGED_AGAIN = {1};

    /** As when the lineage of a damaged store began. */
    private static final long DAMAGED = Long.MAX_VALUE;

    /** Stands in the place of nothing if this device came to a group that does not know what is held here. */
    private static final byte[] CAME_FROM_ELSEWHERE = {1};

    private final ReplicaState state;
    private final Settings settings;
    private final RandomGenerator random;
    private boolean givesWay;
    private boolean cameFromElsewhere;
    private boolean isDamaged;
    private boolean isDamagedAgain;
    private Lineage lineage;

    Trust(ReplicaState state, Settings settings, RandomGenerator random) {
        this.state = state;
        this.settings = settings;
        this.random = random;
        Optional<byte[]> damage = state.store().entry(EntryNames.LOST_DATA);
        isDamaged = damage.isPresent();
        isDamagedAgain =
                damage.filter(bytes -> Arrays.equals(bytes, DAMAGED_AGAIN)).isPresent();
        Optional<byte[]> giving = state.store().entry(EntryNames.GIVES_WAY);
        givesWay = giving.isPresent();
        cameFromElsewhere = giving.filter(bytes -> Arrays.equals(bytes, CAME_FROM_ELSEWHERE))
                .isPresent();
        if (state.store().lostData() && !isDamaged) {
            isDamaged = true;
            state.putEntry(EntryNames.LOST_DATA, new byte[0]);
        }
        reload();
    }

    private void reload() {
        lineage = state.store()
                .entry(EntryNames.LINEAGE)
                .map(bytes -> MessageCodec.takeLineage(new Decoder(bytes)))
                .orElse(null);
    }

    /**
     * Notes that the others do not count on this replica any more: they did not wait for what it wrote, so it goes through
     * the fence even if it has all that they promised.
     */
    void giveWay() {
        if (!givesWay) {
            givesWay = true;
            state.putEntry(EntryNames.GIVES_WAY, new byte[0]);
        }
    }

    /**
     * Notes that this device came to a group that does not know what is held here, so that this goes through the fence,
     * however old it is: of two that came, neither has what the group has.
     */
    void comeFromElsewhere() {
        givesWay = true;
        cameFromElsewhere = true;
        state.putEntry(EntryNames.GIVES_WAY, CAME_FROM_ELSEWHERE);
        put(new Lineage(Timestamp.MAX_MILLIS, random.nextLong()));
    }

    /**
     * Notes that this opening may miss documents that were taken over already: the fence under way does not make that
     * good.
     */
    void noteDamageInTheSwitch() {
        isDamagedAgain = true;
        state.putEntry(EntryNames.LOST_DATA, DAMAGED_AGAIN);
    }

    /** Returns true if this device was retired, and lost nothing. */
    boolean mustOnlyGiveWay() {
        return givesWay && !cameFromElsewhere && !isDamaged;
    }

    /** Notes that there is nobody any more for whom to give way. */
    void stay() {
        givesWay = false;
        state.putEntry(EntryNames.GIVES_WAY, null);
    }

    /** Draws a lineage if this store has none yet: the youngest, if the clock cannot be right. */
    void begin(long wallMillis) {
        if (lineage == null) {
            long created = wallMillis < FIRST_RELEASE_MILLIS ? Timestamp.MAX_MILLIS : wallMillis;
            put(new Lineage(created, random.nextLong()));
        }
    }

    private void put(Lineage drawn) {
        lineage = drawn;
        Encoder out = new Encoder(20);
        MessageCodec.putLineage(lineage, out);
        state.putEntry(EntryNames.LINEAGE, out.toByteArray());
    }

    /** Returns true if this store misses something that it had, was retired, or came from another group. */
    boolean hasLostData() {
        return isDamaged || givesWay;
    }

    /** Returns true if this store misses something that it claims. */
    boolean isDamaged() {
        return isDamaged;
    }

    Lineage lineage() {
        return lineage;
    }

    /**
     * Returns the lineage that counts when two judge who gives way: a damaged store claims what it does not hold, so it
     * must not serve whoever was only retired, and is younger than all.
     */
    Lineage standing() {
        return isDamaged ? new Lineage(DAMAGED, lineage.random()) : lineage;
    }

    /** Notes that the documents of another device were taken over. */
    void restore(Lineage taken) {
        lineage = taken;
        if (givesWay) {
            givesWay = false;
            cameFromElsewhere = false;
            state.putEntry(EntryNames.GIVES_WAY, null);
        }
        if (isDamaged) {
            isDamaged = isDamagedAgain;
            state.putEntry(EntryNames.LOST_DATA, isDamagedAgain ? new byte[0] : null);
            isDamagedAgain = false;
        }
    }

    /** Judges a peer by what it last said of itself. */
    void judge(Peer peer, long nowMillis) {
        if (!peer.isKnown()) {
            return;
        }
        peer.isSound = !peer.isFenced
                && !peer.hasLostData
                && peer.vector().covers(state.claims().promised());
        peer.isTrusted = peer.isSound && state.claims().collected().covers(peer.cleared());
        if (!isBehind(peer)) {
            peer.behindSinceMillis = -1;
        } else if (peer.behindSinceMillis < 0) {
            peer.behindSinceMillis = nowMillis;
        }
    }

    private boolean isBehind(Peer peer) {
        return hasLostData()
                || !state.vector().covers(peer.promised())
                || !state.claims().collected().covers(peer.cleared());
    }

    /**
     * Returns whom to go through the fence with, if that has to be now.
     *
     * @param isEverybodyHere whether no device that counts is away: a damaged device takes over what another damaged one
     *     holds only if nobody can bring more
     */
    Optional<Peer> server(Collection<Peer> peers, BooleanSupplier isEverybodyHere, long nowMillis) {
        boolean isAnySound = peers.stream().anyMatch(peer -> peer.isKnown() && !peer.hasLostData);
        return peers.stream()
                .filter(Peer::isKnown)
                .filter(peer ->
                        !peer.hasLostData || !isAnySound && (!isDamaged(peer) || isEverybodyHere.getAsBoolean()))
                .filter(peer -> !peer.isFenced && isBehind(peer) && givesWayTo(peer))
                .filter(peer -> nowMillis >= peer.notBeforeMillis)
                .filter(peer -> nowMillis - peer.behindSinceMillis >= settings.fenceDelayMillis()
                        || state.vector().isEmpty())
                .findFirst();
    }

    private static boolean isDamaged(Peer peer) {
        return peer.hasLostData && peer.lineage.createdMillis() == DAMAGED;
    }

    private boolean givesWayTo(Peer peer) {
        if (peer.isSound) {
            return true;
        }
        if (peer.hasLostData != hasLostData()) {
            return hasLostData();
        }
        int byLineage = standing().compareTo(peer.lineage);
        return byLineage != 0 ? byLineage > 0 : settings.device().id().compareTo(peer.device.id()) > 0;
    }
}
