package io.lanyard.daemon.simulation;

import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.MessageCodec;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** What lies between stations: cuts by direction, loss, duplication and delay. */
final class Network {
    private final Cluster cluster;
    private final SplittableRandom random;
    private final Map<Long, Long> lastSent = new HashMap<>();
    private final boolean[][] isCut = new boolean[Cluster.MAX_STATIONS][Cluster.MAX_STATIONS];
    private long sent;

    int lossPercent;
    int duplicatePercent;
    long maxDelayMillis = 1;
    /** Decides by hand in written-out cases: returns true for a message that is lost. */
    Filter filter = (from, to, message) -> false;

    Network(Cluster cluster, SplittableRandom random) {
        this.cluster = cluster;
        this.random = random;
    }

    /** Says which messages do not arrive. */
    interface Filter {
        boolean loses(Station from, Station to, Message message);
    }

    void cut(Station from, Station to) {
        isCut[from.slot][to.slot] = true;
    }

    void mend(Station from, Station to) {
        isCut[from.slot][to.slot] = false;
    }

    void mendAll() {
        for (boolean[] row : isCut) {
            Arrays.fill(row, false);
        }
    }

    boolean hears(Station listener, Station speaker) {
        return !isCut[speaker.slot][listener.slot];
    }

    void send(Station from, MemberId to, Message message) {
        Station target = cluster.stationOf(to);
        if (target == null || target == from) {
            return;
        }
        if (filter.loses(from, target, message) || random.nextInt(100) < lossPercent) {
            cluster.occurred(Fault.MESSAGE_LOST);
            return;
        }
        // As the other side reads it: nothing may be shared between two engines.
        byte[] bytes = MessageCodec.encode(message);
        deliverLater(from, target, to, bytes);
        if (random.nextInt(100) < duplicatePercent) {
            cluster.occurred(Fault.MESSAGE_DUPLICATED);
            deliverLater(from, target, to, bytes);
        }
    }

    private void deliverLater(Station from, Station target, MemberId to, byte[] bytes) {
        long number = ++sent;
        MemberId sender = from.member;
        long link = from.slot * 100L + target.slot;
        cluster.after(1 + random.nextLong(maxDelayMillis), () -> {
            if (!target.isUp() || !to.equals(target.member)) {
                return;
            }
            if (isCut[from.slot][target.slot]) {
                cluster.occurred(Fault.MESSAGE_CUT_OFF);
                return;
            }
            if (number < lastSent.getOrDefault(link, 0L)) {
                cluster.occurred(Fault.MESSAGE_OVERTAKEN);
            } else {
                lastSent.put(link, number);
            }
            cluster.receive(target, sender, MessageCodec.decode(bytes));
        });
    }
}
