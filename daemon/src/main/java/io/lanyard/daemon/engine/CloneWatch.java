package io.lanyard.daemon.engine;

import io.lanyard.crdt.Timestamp;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Summary;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds two live devices with one identity, which is what a copied HOME makes, and keeps the later one out.
 *
 * <p>Two members that name the same device and different openings of its store are not yet two devices: the one may be
 * gone, and its last messages still under way after a restart. They are if both keep speaking: each was heard twice, {@value
 * #APART_MILLIS} ms apart or more, since the other appeared, and both are members still. This device itself speaks all
 * the time. A changed address makes a new member with the same opening, which is no second device.
 *
 * <p>Of the two the one that was opened later, by its own clock, refuses to sync, for as long as it runs: it says nothing
 * but that, takes nothing and serves nothing, as if it were alone. Both know both times, so they never refuse both; who
 * refuses counts for nobody any more, so that the one that stays may be restarted. Others treat a member that refuses as
 * one that is not there. Nothing of this protects data, which needs none: replica ids are never shared.
 */
final class CloneWatch {

    static final long APART_MILLIS = 1_500;

    private final Device self;
    private final long opening;
    private long openedMillis = -1;
    private boolean isRefusing;
    private Set<MemberId> members = Set.of();
    private final Map<MemberId, Speaker> speakers = new TreeMap<>();
    private final Map<String, String> told = new TreeMap<>();
    private final List<Effect> effects = new ArrayList<>();

    /** What a member last said of itself, and since when it kept speaking. */
    private static final class Speaker {
        final long opening;
        Device device;
        long openedMillis;
        boolean isRefusing;
        /** When it was heard first since another with its identity appeared; -1 if it was not. */
        long sinceMillis = -1;

        long lastMillis;

        Speaker(long opening) {
            this.opening = opening;
        }

        boolean keepsSpeaking() {
            return !isRefusing && sinceMillis >= 0 && lastMillis - sinceMillis >= APART_MILLIS;
        }
    }

    CloneWatch(Device self, long opening) {
        this.self = self;
        this.opening = opening;
    }

    /** Returns when this opening began, by the wall clock. */
    long openedMillis() {
        return openedMillis;
    }

    /** Returns whether this device keeps out of it all. */
    boolean isRefusing() {
        return isRefusing;
    }

    /** Returns whether there is anybody to tell that this device refuses. */
    boolean speaksThoughAlone() {
        return isRefusing && !members.isEmpty();
    }

    /** Returns what the engine is to know of: nothing from or of those who are kept out. To be called first in a step. */
    List<Input> admit(List<Input> inputs, long wallMillis, long nowMillis) {
        openedMillis = openedMillis < 0 ? Math.max(0, wallMillis) : openedMillis;
        List<Input> admitted = new ArrayList<>(inputs.size());
        for (Input input : inputs) {
            if (input instanceof MembersChanged changed) {
                members = changed.others();
                speakers.keySet().retainAll(members);
                tell();
                admitted.add(present());
            } else if (input instanceof Received received) {
                boolean wasOut = isOut(received.from());
                boolean wasRefusing = isRefusing;
                if (received.message() instanceof Summary summary && members.contains(received.from())) {
                    hear(received.from(), summary, nowMillis);
                }
                boolean isOut = isOut(received.from());
                if (isOut != wasOut || isRefusing != wasRefusing) {
                    admitted.add(present());
                }
                boolean isRefusal = received.message() instanceof Summary summary && summary.isRefusing();
                if (!isOut && !isRefusal) {
                    admitted.add(input);
                }
            } else {
                admitted.add(input);
            }
        }
        return admitted;
    }

    /** Returns what there is to tell people since the last call. */
    List<Effect> takeEffects() {
        List<Effect> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }

    private MembersChanged present() {
        Set<MemberId> present = new HashSet<>(members);
        present.removeIf(this::isOut);
        return new MembersChanged(present);
    }

    private boolean isOut(MemberId member) {
        Speaker speaker = speakers.get(member);
        return isRefusing || speaker != null && speaker.isRefusing;
    }

    private void hear(MemberId member, Summary summary, long nowMillis) {
        Speaker speaker = speakers.get(member);
        if (speaker == null || speaker.opening != summary.opening()) {
            speaker = new Speaker(summary.opening());
            speakers.put(member, speaker);
            for (Speaker other : speakers.values()) {
                if (other.device != null
                        && other.device.id().equals(summary.device().id())) {
                    other.sinceMillis = -1;
                }
            }
        }
        speaker.device = summary.device();
        speaker.openedMillis = summary.openedMillis();
        speaker.isRefusing = summary.isRefusing();
        speaker.sinceMillis = speaker.sinceMillis < 0 ? nowMillis : speaker.sinceMillis;
        speaker.lastMillis = nowMillis;
        tell();
    }

    private void tell() {
        Map<String, String> sentences = new TreeMap<>();
        for (Speaker speaker : speakers.values()) {
            String id = speaker.device.id();
            if (!id.equals(self.id())) {
                if (speaker.isRefusing || countSpeaking(id) > 1) {
                    sentences.put(id, ofOthers(speaker.device.name()));
                }
            } else if (speaker.opening != opening && (speaker.isRefusing || speaker.keepsSpeaking())) {
                isRefusing |= !speaker.isRefusing && isLaterThan(speaker);
                sentences.put(id, isRefusing ? ofThisOne() : ofTheOther(speaker));
            }
        }
        if (isRefusing) {
            sentences.put(self.id(), ofThisOne());
        }
        Set<String> over = new TreeSet<>(told.keySet());
        over.removeAll(sentences.keySet());
        over.forEach(
                id -> effects.add(new Effect.Notice(about(id), "Of two devices with one identity one left.", true)));
        sentences.forEach((id, sentence) -> {
            if (!sentence.equals(told.get(id))) {
                effects.add(new Effect.Notice(about(id), sentence, false));
            }
        });
        told.clear();
        told.putAll(sentences);
    }

    private long countSpeaking(String id) {
        return speakers.values().stream()
                .filter(speaker -> speaker.device.id().equals(id) && speaker.keepsSpeaking())
                .map(speaker -> speaker.opening)
                .distinct()
                .count();
    }

    private boolean isLaterThan(Speaker other) {
        return openedMillis != other.openedMillis
                ? openedMillis > other.openedMillis
                : Long.compareUnsigned(opening, other.opening) > 0;
    }

    private static String about(String id) {
        return "clone " + id;
    }

    private static String ofThisOne() {
        return "Another live device has the identity of this one, because a home directory was copied, and it was started"
                + " first. This device does not sync: what is written here stays here, and comes to the others later."
                + " Run 'lanyard identity new' on this device, then restart it.";
    }

    private static String ofTheOther(Speaker other) {
        return "Another live device has the identity of this one, because a home directory was copied. It was started"
                + " later (" + time(other.openedMillis)
                + ") and does not sync: run 'lanyard identity new' there, then restart it.";
    }

    private static String ofOthers(String name) {
        return "Two live devices have the identity of " + name
                + ", because a home directory was copied. The one that was"
                + " started later does not sync: run 'lanyard identity new' there, then restart it.";
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(Math.min(millis, Timestamp.MAX_MILLIS))
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }
}
