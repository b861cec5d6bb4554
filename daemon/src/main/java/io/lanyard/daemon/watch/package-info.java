/** Who gets on with its work and who is stuck, and what is counted. Knows nothing of what the work is. */
package io.lanyard.daemon.watch;
