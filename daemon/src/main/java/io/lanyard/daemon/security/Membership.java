package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Founding;
import io.lanyard.daemon.security.Statement.Later;
import io.lanyard.daemon.security.Statement.Revocation;
import io.lanyard.daemon.security.Statement.Rotation;
import java.security.PublicKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a set of statements says, whatever their order: who is a member, who may admit, which secrets count. Immutable.
 * Signatures are the caller's to check; statements of another group and of nobody who was ever an admin say nothing.
 *
 * <p>Read in two phases, so that no revocation can hang on one that hangs on it:
 *
 * <ol>
 *   <li><b>Ever admins</b>: the founder, and whoever such a one admitted as an admin, as if nothing was ever revoked.
 *       Every revocation by an ever admin counts. So two admins who revoke each other are both out, and a stolen
 *       admin's key can take members away until it is revoked everywhere.
 *   <li>From the founder again: an admission counts if its issuer is an admin by admissions that count, and, where that
 *       issuer was revoked, if it is one of the {@linkplain Revocation#heads() heads} or came before them, in each
 *       revocation of that issuer. So a key that was revoked never admits anybody, and cannot pretend that it did so
 *       earlier: each statement names the one before it by its hash.
 * </ol>
 *
 * <p>Members are those that were reached and not revoked.
 */
final class Membership {
    private final Map<String, SignedStatement> statements = new HashMap<>();
    private final Map<String, List<SignedStatement>> admissions = new HashMap<>();
    private final Map<String, PublicKey> everAdmins = new LinkedHashMap<>();
    private final Map<String, Set<String>> honest = new HashMap<>();
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<String, List<SignedStatement>> paths = new HashMap<>();
    private final List<SignedStatement> rotations;
    private final SignedStatement founding;

    private Membership(SignedStatement founding, Collection<SignedStatement> all) {
        this.founding = founding;
        for (SignedStatement statement : all) {
            if (statement.group().equals(founding.group())) {
                statements.put(statement.id(), statement);
                if (statement.statement() instanceof Admission admission) {
                    admissions
                            .computeIfAbsent(admission.issuer(), issuer -> new ArrayList<>())
                            .add(statement);
                }
            }
        }
        admissions.values().forEach(list -> list.sort(Comparator.comparing(SignedStatement::id)));
        findEverAdmins();
        findHonest();
        walk();
        rotations = statements.values().stream()
                .filter(statement -> statement.statement() instanceof Rotation && counts(statement))
                .sorted(Comparator.comparingInt(Membership::epoch)
                        .thenComparing(Membership::secretHash)
                        .reversed())
                .toList();
    }

    static Membership of(SignedStatement founding, Collection<SignedStatement> all) {
        return new Membership(founding, all);
    }

    /** Returns all that were ever admitted by admissions that count, the founder first. */
    Collection<Member> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    Optional<Member> find(String id) {
        return Optional.ofNullable(members.get(id));
    }

    boolean isMember(String id) {
        Member member = members.get(id);
        return member != null && !member.isRevoked();
    }

    boolean isAdmin(String id) {
        return isMember(id) && members.get(id).role() == Role.ADMIN;
    }

    /** Returns the key of an admin that is or was, {@code null} if the device never was one. */
    PublicKey everAdmin(String id) {
        return everAdmins.get(id);
    }

    /** Returns whether any revocation of the device counts, whether or not it was ever admitted. */
    boolean isRevoked(String id) {
        return honest.containsKey(id);
    }

    /** Returns the devices that were admitted or revoked, and are no members: nothing of theirs is taken. */
    Set<String> outcasts() {
        Set<String> outcasts = new HashSet<>(honest.keySet());
        admissions.values().stream()
                .flatMap(List::stream)
                .forEach(statement -> outcasts.add(((Admission) statement.statement()).deviceId()));
        outcasts.removeIf(this::isMember);
        return outcasts;
    }

    /** Returns the founding and the admissions from the founder down to this device; empty if it was not admitted. */
    List<SignedStatement> pathTo(String id) {
        return paths.getOrDefault(id, List.of());
    }

    /** Returns the rotations that count, the newest first. */
    List<Rotation> rotations() {
        return rotations.stream().map(one -> (Rotation) one.statement()).toList();
    }

    /** Returns the ids of the last statements of a device: those that it names in no later one. At most the bound. */
    List<String> headsOf(String device) {
        Set<String> heads = new HashSet<>();
        Set<String> named = new HashSet<>();
        for (SignedStatement statement : statements.values()) {
            if (statement.statement() instanceof Later later && later.issuer().equals(device)) {
                heads.add(statement.id());
                named.add(later.previous());
            }
        }
        heads.removeAll(named);
        return heads.stream()
                .sorted(Comparator.<String>comparingInt(head -> -chain(head).size())
                        .thenComparing(Comparator.naturalOrder()))
                .limit(Statement.MAX_HEADS)
                .sorted()
                .toList();
    }

    private void findEverAdmins() {
        PublicKey founder = ((Founding) founding.statement()).founder();
        Deque<String> next = new ArrayDeque<>();
        everAdmins.put(founding.statement().issuer(), founder);
        next.add(founding.statement().issuer());
        while (!next.isEmpty()) {
            for (SignedStatement statement : admissions.getOrDefault(next.remove(), List.of())) {
                Admission admission = (Admission) statement.statement();
                if (admission.role() == Role.ADMIN
                        && everAdmins.putIfAbsent(admission.deviceId(), admission.device()) == null) {
                    next.add(admission.deviceId());
                }
            }
        }
    }

    private void findHonest() {
        for (SignedStatement statement : statements.values()) {
            if (statement.statement() instanceof Revocation revocation && everAdmins.containsKey(revocation.issuer())) {
                Set<String> allowed = new HashSet<>();
                revocation.heads().forEach(head -> allowed.addAll(chain(head)));
                honest.merge(revocation.device(), allowed, (one, other) -> {
                    one.retainAll(other);
                    return one;
                });
            }
        }
    }

    /** Returns a statement and those before it, as far as they are here. */
    private Set<String> chain(String head) {
        Set<String> chain = new LinkedHashSet<>();
        SignedStatement at = statements.get(head);
        while (at != null && at.statement() instanceof Later later && chain.add(at.id())) {
            SignedStatement before = statements.get(later.previous());
            at = before != null && before.statement().issuer().equals(later.issuer()) ? before : null;
        }
        return chain;
    }

    private void walk() {
        Founding first = (Founding) founding.statement();
        reach(first.issuer(), first.deviceName(), Role.ADMIN, first.issuer(), List.of(founding));
        Deque<String> next = new ArrayDeque<>(List.of(first.issuer()));
        while (!next.isEmpty()) {
            String issuer = next.remove();
            for (SignedStatement statement : admissions.getOrDefault(issuer, List.of())) {
                Admission admission = (Admission) statement.statement();
                Member known = members.get(admission.deviceId());
                boolean isNew = known == null || known.role() != Role.ADMIN && admission.role() == Role.ADMIN;
                if (isNew && isHonest(statement, issuer)) {
                    List<SignedStatement> path = new ArrayList<>(paths.get(issuer));
                    path.add(statement);
                    reach(admission.deviceId(), admission.deviceName(), admission.role(), issuer, path);
                    if (admission.role() == Role.ADMIN) {
                        next.add(admission.deviceId());
                    }
                }
            }
        }
    }

    private void reach(String id, String name, Role role, String admittedBy, List<SignedStatement> path) {
        members.put(id, new Member(id, name, role, admittedBy, honest.containsKey(id)));
        paths.put(id, List.copyOf(path));
    }

    private boolean counts(SignedStatement statement) {
        String issuer = statement.statement().issuer();
        Member member = members.get(issuer);
        return member != null && member.role() == Role.ADMIN && isHonest(statement, issuer);
    }

    private boolean isHonest(SignedStatement statement, String issuer) {
        Set<String> allowed = honest.get(issuer);
        return allowed == null || allowed.contains(statement.id());
    }

    private static int epoch(SignedStatement rotation) {
        return ((Rotation) rotation.statement()).epoch();
    }

    private static String secretHash(SignedStatement rotation) {
        return ((Rotation) rotation.statement()).secretHash();
    }
}
