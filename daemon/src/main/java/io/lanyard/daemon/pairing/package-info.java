/**
 * How a device comes into a group by a code: the inviter's listener, the joiner's search, and what the two say to each
 * other. Knows nothing of what is admitted and how: that is behind {@link io.lanyard.daemon.pairing.Desk}.
 */
package io.lanyard.daemon.pairing;
