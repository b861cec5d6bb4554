package io.lanyard.daemon.simulation;

import java.util.EnumSet;
import java.util.Set;

/** What a run puts replicas through, and the rare situations it wants to see. Each has to occur in an ordinary run. */
enum Fault {
    MESSAGE_LOST,
    MESSAGE_DUPLICATED,
    MESSAGE_OVERTAKEN,
    MESSAGE_CUT_OFF,
    PARTITION,
    OVERLAPPING_PARTITION,
    ONE_WAY_CUT,
    RECONNECT_UNDER_NEW_NAME,
    CRASH_BETWEEN_STEPS,
    CRASH_WITHIN_STEP,
    CRASH_BETWEEN_BROADCAST_AND_COMMIT,
    CRASH_BETWEEN_COMMIT_AND_ACKNOWLEDGE,
    SLOW_COMMIT,
    RESTART,
    CLEAN_CLOSE,
    ROLLED_BACK_CLOSED_DISK,
    ROLLED_BACK_RUNNING_DISK,
    MORE_WRITES_THAN_LOST,
    CLONED_DISK,
    COPY_IN_ITS_PLACE,
    ORIGINAL_IS_BACK,
    SERVER_DIED_IN_WALK,
    SERVER_DIED_IN_WALK_FOR_EVER,
    DISK_LOST,
    COMMIT_FAILED,
    AWAY_FOR_400_DAYS,
    JOINED_LATE,
    JOINED_LATE_WITH_DATA,
    RETIRED,
    NOT_RETIRED,
    STORE_LOST_DATA,
    GARBAGE_DROPPED,
    GRAVE_REMOVED,
    FENCE_STAGED,
    FENCE_PASSED,
    FENCE_BROKEN_OFF,
    LEFT_BY_THE_FENCE,
    CLOCK_OFF_BY_AN_HOUR,
    CLOCK_OFF_BY_A_YEAR,
    CLOCK_STEPPED_BACK,
    LIVE_WRITE_HELD_BACK,
    WALK_OF_MANY_PAGES,
    WALK_RESUMED_IN_LATER_OPENING,
    DIGEST_WALK,
    UNCLAIMED_DATA_HELD,
    CONFLICT_FOUND;

    /** What makes a device lose or give up some of its past. */
    static final Set<Fault> FORGETTING = EnumSet.of(
            FENCE_PASSED,
            ROLLED_BACK_CLOSED_DISK,
            ROLLED_BACK_RUNNING_DISK,
            COPY_IN_ITS_PLACE,
            CLONED_DISK,
            DISK_LOST,
            STORE_LOST_DATA);
}
