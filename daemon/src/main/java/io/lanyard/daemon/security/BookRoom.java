package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Revocation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How many statements a member book may hold: a number of any kind, and behind these revocations only, so many of each of
 * the admins that the book heard of first. So an admin who fills the book, with a crowd of admins of his own making if he
 * likes, leaves those who were there before him room to revoke him.
 *
 * @param ordinary how many of any kind
 * @param revokers how many admins may revoke in a book that has no room for anything else
 * @param each how many revocations each of them has then
 */
record BookRoom(int ordinary, int revokers, int each) {
    static final BookRoom USUAL = new BookRoom(10_000, 100, 100);

    /** Returns the largest number of statements. */
    int most() {
        return ordinary + revokers * each;
    }

    /**
     * Returns those of {@code more} for which there is room behind {@code held}, in their order.
     *
     * @param held the statements of a book, in the order in which it took them
     * @param membership what they say
     */
    List<SignedStatement> fitting(Collection<SignedStatement> held, Membership membership, List<SignedStatement> more) {
        int room = Math.max(0, ordinary - held.size());
        if (more.size() <= room) {
            return more;
        }
        List<SignedStatement> fitting = new ArrayList<>(more.subList(0, room));
        Map<String, Integer> left = new HashMap<>();
        firstAdmins(held, membership).forEach(admin -> left.put(admin, each));
        held.stream().skip(ordinary).forEach(one -> left.merge(one.statement().issuer(), -1, Integer::sum));
        for (SignedStatement one : more.subList(room, more.size())) {
            if (one.statement() instanceof Revocation revocation
                    && left.merge(revocation.issuer(), -1, Integer::sum) >= 0) {
                fitting.add(one);
            }
        }
        return fitting;
    }

    /** Returns the first devices that were ever admitted as admins, be they revoked or not. */
    private Set<String> firstAdmins(Collection<SignedStatement> held, Membership membership) {
        Set<String> admins = new LinkedHashSet<>();
        for (SignedStatement one : held) {
            if (admins.isEmpty()) {
                admins.add(one.statement().issuer());
            } else if (admins.size() < revokers
                    && one.statement() instanceof Admission admission
                    && membership.everAdmin(admission.deviceId()) != null) {
                admins.add(admission.deviceId());
            }
        }
        return admins;
    }
}
