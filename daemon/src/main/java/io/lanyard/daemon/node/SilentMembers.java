package io.lanyard.daemon.node;

import io.lanyard.daemon.message.MemberId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Members that are here and from whom nothing came that this device understands, as from one of another major version. A
 * member introduces itself at once, so a few seconds are long. Thread-safe.
 */
final class SilentMembers {
    static final long PATIENCE_MILLIS = 3_000;

    private final Map<MemberId, Long> hereSince = new HashMap<>();

    /** Notes who is here now, by a clock that does not jump. */
    synchronized void present(Set<MemberId> members, long nowMillis) {
        hereSince.keySet().retainAll(members);
        members.forEach(member -> hereSince.putIfAbsent(member, nowMillis));
    }

    /** Returns who has been here for a while and is none of those that were heard. */
    synchronized List<MemberId> besides(Set<MemberId> heard, long nowMillis) {
        return hereSince.entrySet().stream()
                .filter(here -> nowMillis - here.getValue() >= PATIENCE_MILLIS)
                .map(Map.Entry::getKey)
                .filter(member -> !heard.contains(member))
                .toList();
    }
}
