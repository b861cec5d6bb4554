package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a set of statements says: who is in and who is out, whoever heard what first. */
class MembershipTest {
    @TempDir
    Path directory;

    private final Scribe ann = new Scribe("ann");
    private final Scribe bob = new Scribe("bob");
    private final Scribe cid = new Scribe("cid");
    private final Scribe dan = new Scribe("dan");
    private final SignedStatement founding = ann.found("shop");

    private Membership says(SignedStatement... statements) {
        return Membership.of(founding, Arrays.asList(statements));
    }

    private MemberBook bookWith(SignedStatement... statements) throws Exception {
        MemberBook book = MemberBook.of(directory, List.of(founding));
        book.add(Arrays.asList(statements));
        return book;
    }

    @Test
    void founder_isAdmin_andWhomItAdmitsIsIn() {
        Membership now = says(ann.admit(founding, bob, Role.ADMIN), bob.admit(founding, cid, Role.MEMBER));
        assertTrue(now.isAdmin(ann.id()) && now.isAdmin(bob.id()));
        assertTrue(now.isMember(cid.id()) && !now.isAdmin(cid.id()));
        assertEquals(bob.id(), now.find(cid.id()).orElseThrow().admittedBy());
        assertEquals(
                List.of("ann", "bob", "cid"),
                now.members().stream().map(Member::name).toList());
        assertEquals(3, now.pathTo(cid.id()).size());
    }

    @Test
    void admission_byAMemberThatIsNoAdmin_isRefused() throws Exception {
        SignedStatement member = ann.admit(founding, bob, Role.MEMBER);
        SignedStatement forbidden = bob.admit(founding, cid, Role.MEMBER);
        assertFalse(says(member, forbidden).isMember(cid.id()));
        MemberBook book = bookWith(member, forbidden);
        assertEquals(2, book.ids().size());
        assertEquals(1, book.refusedCount());
        assertTrue(book.add(List.of(ann.admit(founding, bob, Role.ADMIN))), "a promotion");
        assertTrue(book.add(List.of(forbidden)), "what an admin says counts, whenever it said it");
        assertTrue(book.isMember(cid.id()));
    }

    @Test
    void mutualRevocation_bothAreOut_andWhatEachDidHonestlyStays() {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement admitsCid = bob.admit(founding, cid, Role.ADMIN);
        Membership now =
                says(admitsBob, admitsCid, ann.revoke(founding, bob, admitsCid), bob.revoke(founding, ann, admitsBob));
        assertFalse(now.isMember(ann.id()) || now.isMember(bob.id()));
        assertTrue(now.isAdmin(cid.id()), "nobody is left to go on");
    }

    @Test
    void revokedAdmin_whoSignsAfterwards_admitsNobody_norDoesHisAccomplice() {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement honest = bob.admit(founding, cid, Role.MEMBER);
        SignedStatement revocation = ann.revoke(founding, bob, honest);
        Scribe accomplice = new Scribe("eve");
        SignedStatement late = bob.admit(founding, accomplice, Role.ADMIN);
        SignedStatement later = accomplice.admit(founding, dan, Role.ADMIN);
        Membership now = says(admitsBob, honest, revocation, late, later);
        assertTrue(now.isMember(cid.id()));
        assertFalse(now.isMember(bob.id()) || now.isMember(accomplice.id()) || now.isMember(dan.id()));
        assertTrue(says(admitsBob, honest, late, later).isAdmin(dan.id()), "before anybody knew");
    }

    @Test
    void revokedAdmin_whoDatesHisAdmissionBack_admitsNobody() {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement first = bob.admit(founding, cid, Role.MEMBER);
        SignedStatement second = bob.admit(founding, new Scribe("fay"), Role.MEMBER);
        SignedStatement revocation = ann.revoke(founding, bob, second);
        bob.rewindTo(first);
        SignedStatement inPlaceOfTheSecond = bob.admit(founding, dan, Role.MEMBER);
        bob.rewindTo(null);
        SignedStatement inPlaceOfTheFirst = bob.admit(founding, dan, Role.ADMIN);
        Membership now = says(admitsBob, first, second, revocation, inPlaceOfTheSecond, inPlaceOfTheFirst);
        assertTrue(now.isMember(cid.id()), "what came before the head is honest");
        assertFalse(now.isMember(dan.id()));
    }

    @Test
    void severalRevocations_ofOne_leaveOnlyWhatAllOfThemCallHonest() {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement admitsCid = ann.admit(founding, cid, Role.ADMIN);
        SignedStatement first = bob.admit(founding, dan, Role.MEMBER);
        Scribe eve = new Scribe("eve");
        SignedStatement second = bob.admit(founding, eve, Role.MEMBER);
        SignedStatement generous = ann.revoke(founding, bob, second);
        SignedStatement strict = cid.revoke(founding, bob, first);
        Membership now = says(admitsBob, admitsCid, first, second, generous, strict);
        assertTrue(now.isMember(dan.id()));
        assertFalse(now.isMember(eve.id()));
        assertTrue(says(admitsBob, admitsCid, first, second, generous).isMember(eve.id()));
    }

    @Test
    void revocation_isForGood_andMayComeBeforeTheAdmission() {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement revocation = ann.revoke(founding, cid);
        SignedStatement again = bob.admit(founding, cid, Role.ADMIN);
        Membership now = says(admitsBob, revocation, again);
        assertFalse(now.isMember(cid.id()));
        assertTrue(now.isRevoked(cid.id()) && now.find(cid.id()).orElseThrow().isRevoked());
    }

    @Test
    void rotations_ofARevokedAdmin_countUpToTheHead_andTheNewestIsFirst() {
        GroupSecrets.Secret one = GroupSecrets.random(1);
        GroupSecrets.Secret two = GroupSecrets.random(2);
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement first = bob.rotate(founding, 1, one);
        SignedStatement second = bob.rotate(founding, 2, two);
        assertEquals(2, says(admitsBob, first, second).rotations().get(0).epoch());
        Membership now = says(admitsBob, first, second, ann.revoke(founding, bob, first));
        assertEquals(
                List.of(one.hash()),
                now.rotations().stream().map(Statement.Rotation::secretHash).toList());
    }

    @Test
    void headsOf_aDeviceRestoredFromABackup_areBothEnds() {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement common = bob.admit(founding, cid, Role.MEMBER);
        SignedStatement lost = bob.admit(founding, dan, Role.MEMBER);
        bob.rewindTo(common);
        SignedStatement again = bob.admit(founding, new Scribe("gil"), Role.MEMBER);
        Membership now = says(admitsBob, common, lost, again);
        assertEquals(List.of(lost.id(), again.id()).stream().sorted().toList(), now.headsOf(bob.id()));
        Membership after = says(admitsBob, common, lost, again, ann.revoke(founding, bob, lost, again));
        assertEquals(5, after.members().size());
        assertEquals(List.of(), now.headsOf(cid.id()));
    }

    @Test
    void add_forgeries_areRefusedAndCounted() throws Exception {
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        MemberBook book = bookWith(admitsBob);
        String digest = book.digest();
        Scribe mallory = new Scribe("mallory");
        Statement.Admission inAnnsName = new Statement.Admission(
                founding.group(), ann.id(), Statement.NONE, mallory.pair.getPublic(), Role.ADMIN, "mallory");
        SignedStatement forgedIssuer = SignedStatement.sign(inAnnsName, mallory.pair.getPrivate());
        SignedStatement ofAnotherGroup = ann.admit(bob.found("other"), mallory, Role.ADMIN);
        SignedStatement byAStranger = mallory.admit(founding, dan, Role.ADMIN);
        for (SignedStatement forged : List.of(
                forgedIssuer, ofAnotherGroup, byAStranger, mallory.found("shop"), mallory.revoke(founding, ann))) {
            assertFalse(book.add(List.of(forged)), forged.toString());
        }
        assertFalse(book.add(List.of(admitsBob, founding)), "said before");
        assertEquals(5, book.refusedCount());
        assertEquals(digest, book.digest());
        assertFalse(book.isMember(mallory.id()));
    }

    /** A thief with an admin's key fills the book, half of it with admins of his own: he can still be revoked. */
    @Test
    void fullBook_takesRevocationsOfTheFirstAdmins_andNothingElse() throws Exception {
        BookRoom room = new BookRoom(12, 3, 2);
        SignedStatement admitsBob = ann.admit(founding, bob, Role.ADMIN);
        SignedStatement admitsCid = bob.admit(founding, cid, Role.ADMIN);
        MemberBook book = MemberBook.of(directory, List.of(founding), room);
        book.add(List.of(admitsBob, ann.admit(founding, new Scribe("mia"), Role.MEMBER), admitsCid));
        Scribe puppet = new Scribe("puppet");
        SignedStatement last = null;
        List<SignedStatement> flood = new ArrayList<>(List.of(bob.admit(founding, puppet, Role.ADMIN)));
        for (int i = 0; i < 12; i++) {
            last = bob.admit(founding, new Scribe("crowd-" + i), Role.ADMIN);
            flood.add(last);
        }
        flood.add(puppet.revoke(founding, dan));
        book.add(flood);
        assertEquals(12, book.ids().size(), "full");
        assertFalse(book.add(List.of(last, cid.admit(founding, dan, Role.MEMBER))));
        assertFalse(book.add(List.of(puppet.revoke(founding, ann))), "of an admin that came later");
        Scribe mallory = new Scribe("mallory");
        assertFalse(book.add(List.of(mallory.revoke(founding, ann))), "of nobody");

        SignedStatement revocation = cid.revoke(founding, bob, admitsCid);
        assertTrue(book.add(List.of(last, revocation)));
        assertTrue(book.isRevoked(bob.id()) && !book.isMember(bob.id()) && !book.isMember(puppet.id()));
        assertTrue(book.isAdmin(cid.id()), "what the thief did before stays");
        book = MemberBook.of(directory, book.missingFor(List.of()), room);
        assertTrue(book.isRevoked(bob.id()));
        book.append(cid.revoke(founding, dan));
        SignedStatement third = cid.revoke(founding, puppet);
        assertFalse(book.add(List.of(third)), "two each");
        assertTrue(book.add(List.of(ann.revoke(founding, puppet), bob.revoke(founding, ann))), "of others");
        assertEquals(16, book.ids().size());
    }

    /** Whatever happened, and whoever heard of it in whatever order and pieces: the same is believed. */
    @Test
    void union_inAnyOrderAndAnyPieces_saysTheSame() throws Exception {
        Random random = new Random(20_261_121);
        for (int round = 0; round < 5; round++) {
            List<SignedStatement> all = history(random);
            Membership whole = Membership.of(founding, all);
            String expected = describe(whole.members());
            for (int order = 0; order < 6; order++) {
                List<SignedStatement> shuffled = new ArrayList<>(all);
                Collections.shuffle(shuffled, random);
                assertEquals(
                        expected, describe(Membership.of(founding, shuffled).members()), "round " + round);
                if (order == 0) {
                    MemberBook one = MemberBook.of(directory, List.of(founding));
                    MemberBook other = MemberBook.of(directory, List.of(founding));
                    int cut = random.nextInt(shuffled.size());
                    one.add(shuffled.subList(0, cut));
                    other.add(shuffled.subList(cut / 2, shuffled.size()));
                    while (one.add(other.missingFor(one.ids())) | other.add(one.missingFor(other.ids()))) {
                        assertTrue(one.ids().size() <= all.size() + 1);
                    }
                    assertEquals(one.digest(), other.digest());
                    assertEquals(one.members(), other.members());
                    MemberBook full = MemberBook.of(directory, List.of(founding));
                    full.add(all);
                    one.add(all);
                    assertEquals(full.digest(), one.digest(), "round " + round);
                    assertEquals(expected, describe(full.members()), "round " + round);
                }
            }
        }
    }

    /** Some devices that do to each other, in what they know of, whatever an admin can; some of it out of turn. */
    private List<SignedStatement> history(Random random) {
        List<Scribe> devices = new ArrayList<>(List.of(ann));
        ann.rewindTo(null);
        List<SignedStatement> said = new ArrayList<>();
        for (int i = 0; i < 22; i++) {
            Scribe actor = devices.get(random.nextInt(devices.size()));
            Scribe other = devices.get(random.nextInt(devices.size()));
            int choice = random.nextInt(10);
            if (choice < 5) {
                Scribe fresh = new Scribe("device-" + i);
                devices.add(fresh);
                said.add(actor.admit(founding, fresh, random.nextInt(3) > 0 ? Role.ADMIN : Role.MEMBER));
            } else if (choice == 5) {
                said.add(actor.admit(founding, other, Role.ADMIN));
            } else if (choice == 6) {
                said.add(actor.rotate(founding, 1 + random.nextInt(3), GroupSecrets.random(1)));
            } else if (choice == 7 && !said.isEmpty()) {
                actor.rewindTo(null);
            } else {
                List<SignedStatement> heads = said.stream()
                        .filter(one -> one.statement().issuer().equals(other.id()) && random.nextBoolean())
                        .limit(2)
                        .toList();
                said.add(actor.revoke(founding, other, heads.toArray(new SignedStatement[0])));
            }
        }
        return said;
    }

    private static String describe(Collection<Member> members) {
        Set<String> lines = members.stream()
                .map(member -> member.id() + " " + member.role() + " " + member.isRevoked())
                .collect(Collectors.toCollection(TreeSet::new));
        return String.join("\n", lines);
    }
}
