/**
 * Tests on a LAN of this one machine: each host is a network namespace of its own, with a real address, real multicast
 * and a cable to pull. They need root and {@code ip} (iproute2), and say so and are skipped without.
 */
package io.lanyard.daemon.lan;
