package io.lanyard.daemon.security;

import java.util.Locale;

/** What a device may do in its group. */
public enum Role {
    /** To belong to it. */
    MEMBER,
    /** To admit and revoke devices, and to rotate the group's secret, besides. */
    ADMIN;

    /** Returns its name in the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
