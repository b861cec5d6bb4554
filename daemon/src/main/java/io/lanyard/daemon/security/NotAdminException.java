package io.lanyard.daemon.security;

import java.util.List;
import java.util.function.Function;

/** This device is no admin of its group, so nobody would heed what it says about membership. */
public final class NotAdminException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Member> admins;

    NotAdminException(List<Member> admins) {
        super(sentence(admins, Member::name));
        this.admins = List.copyOf(admins);
    }

    /** Returns what the message says, with other names, since that has those under which the admins were admitted. */
    public String message(Function<Member, String> nameOf) {
        return sentence(admins, nameOf);
    }

    private static String sentence(List<Member> admins, Function<Member, String> nameOf) {
        return "this device is no admin of its group; admins are "
                + (admins.isEmpty()
                        ? "no more: found a new group"
                        : String.join(
                                ", ",
                                admins.stream()
                                        .map(admin -> nameOf.apply(admin) + " (" + admin.shortId() + ")")
                                        .toList()));
    }

    /** Returns who could do it. */
    public List<Member> admins() {
        return admins;
    }
}
