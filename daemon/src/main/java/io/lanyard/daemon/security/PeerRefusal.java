package io.lanyard.daemon.security;

import java.net.InetAddress;

/** Hears of peers whose certificate was refused. Called on a network thread in the middle of a handshake; must not block. */
@FunctionalInterface
public interface PeerRefusal {
    /**
     * A peer was refused.
     *
     * @param address where it called from, or where we called it
     * @param reason one clause saying why
     * @param otherGroup the name of the Lanyard group it belongs to, or null if its certificate is nothing of ours
     */
    void refused(InetAddress address, String reason, String otherGroup);
}
