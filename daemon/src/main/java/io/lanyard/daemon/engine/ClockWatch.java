package io.lanyard.daemon.engine;

import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.message.Message.Device;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares the wall clocks of the devices that are here, and tells whose is off.
 *
 * <p>A summary says what its sender's clock showed when it left. What it shows less by arriving late is never negative,
 * so the greatest difference of the last {@value #WINDOW_MILLIS} ms is the nearest to the truth; it lies below it by the
 * least time that any of them was under way. Differences are held against the clock that never steps back, and begin anew
 * when this device's wall clock is set.
 *
 * <p>A clock is off if it differs from the median of all by more than {@value #ALLOWED_MILLIS} ms. Two devices have no
 * majority: there it is the difference of the two that counts, and both are off. What is off is told, and changes nothing
 * else: stamps see to it that a wrong clock blocks nobody and never wins over somebody who saw its value.
 */
final class ClockWatch {

    static final long ALLOWED_MILLIS = 60_000;

    /** Below this a clock that was off is right again: in between nothing is told, so that nothing flickers. */
    private static final long RIGHT_AGAIN_MILLIS = 55_000;

    private static final long WINDOW_MILLIS = 30_000;

    /** One summary alone may have been under way for long. */
    private static final int LEAST_HEARD = 3;

    /** So long nothing is judged for the sake of somebody new: with him the median is another one. */
    private static final long NEW_MILLIS = 12_000;

    private static final long STEP_MILLIS = 1_000;

    private final Device self;
    private final Map<String, Clock> clocks = new TreeMap<>();
    private final Map<String, Told> told = new TreeMap<>();
    private Map<String, Long> fromMedian = Map.of();
    /** Wall clock less monotonic clock at the last step. */
    private long wallLead;

    private boolean isStarted;
    private boolean isPair;
    private final List<Effect> effects = new ArrayList<>();

    /** What was heard of one clock; of what was heard, whatever is less than something later is of no use. */
    private static final class Clock {
        final Device device;
        final long sinceMillis;
        final Deque<Heard> heard = new ArrayDeque<>();
        int count;

        Clock(Device device, long sinceMillis) {
            this.device = device;
            this.sinceMillis = sinceMillis;
        }
    }

    /** The difference is theirs less our monotonic clock. */
    private record Heard(long atMillis, long difference) {}

    private record Told(String name, long fromMedianMillis) {}

    ClockWatch(Device self) {
        this.self = self;
    }

    /** Takes note of the time; to be called first in every step. */
    void pass(long wallMillis, long nowMillis) {
        long lead = wallMillis - nowMillis;
        if (isStarted && Math.abs(lead - wallLead) > STEP_MILLIS) {
            clocks.clear();
            judge(nowMillis);
        }
        isStarted = true;
        wallLead = lead;
    }

    /** Takes what a device's clock showed when it spoke. */
    void hear(Device device, long theirWallMillis, long nowMillis) {
        if (device.id().equals(self.id())) {
            return;
        }
        Clock clock = clocks.get(device.id());
        if (clock == null || !clock.device.equals(device)) {
            clock = new Clock(device, nowMillis);
            clocks.put(device.id(), clock);
        }
        long difference = Math.min(theirWallMillis, Timestamp.MAX_MILLIS) - nowMillis;
        while (!clock.heard.isEmpty() && clock.heard.peekLast().difference() <= difference) {
            clock.heard.removeLast();
        }
        clock.heard.addLast(new Heard(nowMillis, difference));
        while (clock.heard.peekFirst().atMillis() < nowMillis - WINDOW_MILLIS) {
            clock.heard.removeFirst();
        }
        clock.count++;
        judge(nowMillis);
    }

    /** Forgets a device that went. */
    void forget(String device, long nowMillis) {
        if (clocks.remove(device) != null) {
            judge(nowMillis);
        }
    }

    /** Returns a device's wall clock less this one's, milliseconds; 0 if nothing was heard of it. */
    long offsetMillis(String device) {
        Clock clock = clocks.get(device);
        return clock == null ? 0 : clock.heard.peekFirst().difference() - wallLead;
    }

    /** Returns what there is to tell people since the last call. */
    List<Effect> takeEffects() {
        List<Effect> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }

    /** Returns how all clocks stand that can be judged, this device's own among them, and which are off. */
    EngineStatus.Clocks status() {
        return new EngineStatus.Clocks(Map.copyOf(fromMedian), List.copyOf(told.keySet()));
    }

    private void judge(long nowMillis) {
        for (String id : List.copyOf(told.keySet())) {
            if (!id.equals(self.id()) && !clocks.containsKey(id)) {
                end(id);
            }
        }
        boolean isSomebodyNew = clocks.values().stream()
                .anyMatch(clock -> clock.count < LEAST_HEARD && nowMillis - clock.sinceMillis < NEW_MILLIS);
        if (!isSomebodyNew) {
            judgeAll();
        }
    }

    private void judgeAll() {
        Map<String, Long> offsets = new TreeMap<>();
        offsets.put(self.id(), 0L);
        clocks.forEach((id, clock) -> {
            if (clock.count >= LEAST_HEARD) {
                offsets.put(id, offsetMillis(id));
            }
        });
        isPair = offsets.size() == 2;
        long[] sorted =
                offsets.values().stream().mapToLong(offset -> offset).sorted().toArray();
        long median = sorted[(sorted.length - 1) / 2] / 2 + sorted[sorted.length / 2] / 2;
        Map<String, Long> from = new TreeMap<>();
        long others = Arrays.stream(sorted).sum();
        offsets.forEach((id, offset) ->
                from.put(id, !isPair ? Long.valueOf(offset - median) : id.equals(self.id()) ? -others : offset));
        fromMedian = from;
        from.forEach(this::tell);
    }

    private void tell(String id, long fromMedianMillis) {
        long distance = Math.abs(fromMedianMillis);
        Told before = told.get(id);
        if (distance > (before == null ? ALLOWED_MILLIS : RIGHT_AGAIN_MILLIS)) {
            boolean isNews = before == null || Math.abs(before.fromMedianMillis() - fromMedianMillis) > ALLOWED_MILLIS;
            if (isNews) {
                told.put(id, new Told(nameOf(id), fromMedianMillis));
                effects.add(new Effect.Notice(about(id), sentence(id, fromMedianMillis), false));
            }
        } else if (before != null) {
            end(id);
        }
    }

    private void end(String id) {
        String name = told.remove(id).name();
        effects.add(new Effect.Notice(about(id), capitalized(name) + " is not known to be off any more.", true));
    }

    private static String about(String id) {
        return "clock " + id;
    }

    private String nameOf(String id) {
        return id.equals(self.id())
                ? "this device's clock"
                : "the clock of " + clocks.get(id).device.name();
    }

    private String sentence(String id, long fromMedianMillis) {
        String direction = fromMedianMillis > 0 ? "ahead of" : "behind";
        String standard = !isPair
                ? "the group's median"
                : id.equals(self.id()) ? "the other device's" : "this device's, and nobody can tell which one is right";
        String effect = fromMedianMillis > 0 ? "wins over" : "loses against";
        return capitalized(nameOf(id)) + " is " + Durations.inWords(Math.abs(fromMedianMillis)) + " " + direction + " "
                + standard + ". Everything syncs all the same, but what is written there " + effect
                + " what others write meanwhile to the same field. Set " + (isPair ? "both clocks" : "that clock")
                + " right (automatic time).";
    }

    private static String capitalized(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
