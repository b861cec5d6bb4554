/**
 * The history checker: what programs did and were told, on every device, against what every device shows in the end. It
 * knows nothing of how daemons work, only what is promised: the last writer of a field wins, by stamp; an acknowledged
 * write vanishes under a newer one to the same field, above or below it, or under a newer delete, and not otherwise.
 *
 * <p>How to use it, in a simulation or on real processes:
 *
 * <ol>
 *   <li>Enter every write as a {@link io.lanyard.daemon.history.WriteEvent} once its fate is known: {@code ACKNOWLEDGED}
 *       with the stamp of its answer, {@code FAILED} if it was refused and so must never be seen, {@code UNKNOWN} if no
 *       answer came. A batch is one event for each item, all under one batch number. Values are compared by
 *       {@code equals}; the more of them are unique, the more the checker can tell.
 *   <li>Enter reads as {@link io.lanyard.daemon.history.ReadEvent}.
 *   <li>Tell the {@link io.lanyard.daemon.history.History} what nobody could see for himself: who was cut off when, when
 *       all were in step and idle, whose disk was rolled back, who went through the fence.
 *   <li>With all devices in step, give {@link io.lanyard.daemon.history.HistoryChecker#check} the
 *       {@link io.lanyard.daemon.history.DeviceState} of each. To go on for long, call
 *       {@link io.lanyard.daemon.history.History#settle} afterwards: what is shown takes the place of the past.
 * </ol>
 *
 * <p>Times are of one clock for all devices, in any unit. Where a program cannot know the order of two writes, or whether
 * one writer had seen the other, everything that may have been is allowed; a simulation that does know says so by an
 * exact {@link io.lanyard.daemon.history.Causality} and by exact events. The report counts how often more than one value
 * was allowed.
 *
 * <p>Not seen by it: writes that stand nowhere in the history, and what the daemon does with them.
 */
package io.lanyard.daemon.history;
