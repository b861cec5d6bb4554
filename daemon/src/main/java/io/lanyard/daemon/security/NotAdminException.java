package io.lanyard.daemon.security;

import java.util.List;

/** This device is no admin of its group, so nobody would heed what it says about membership. */
public final class NotAdminException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Member> admins;

    NotAdminException(List<Member> admins) {
        super("this device is no admin of its group; admins are "
                + (admins.isEmpty()
                        ? "no more: found a new group"
                        : String.join(
                                ", ",
                                admins.stream()
                                        .map(admin -> admin.name() + " (" + admin.shortId() + ")")
                                        .toList())));
        this.admins = List.copyOf(admins);
    }

    /** Returns who could do it. */
    public List<Member> admins() {
        return admins;
    }
}
