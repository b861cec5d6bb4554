package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Founding;
import io.lanyard.daemon.security.Statement.Later;
import io.lanyard.daemon.security.Statement.Rotation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All statements about membership that a device knows, in {@code HOME/members}: a set that only grows, so that devices
 * agree once they hold the same, in whatever order it came. What the set says is {@link Membership}'s to tell.
 *
 * <ol>
 *   <li>The first statement is the founding of the group, signed by the founder.
 *   <li>Every other one is signed by a device that the statements before it made an admin, at some time.
 *   <li>There are no more than {@link BookRoom} has room for; they keep the order in which they were taken.
 * </ol>
 *
 * <p>Any thread. Adding writes the file; a book whose file cannot be written goes on in memory, and says so.
 */
public final class MemberBook {
    /** The file's name within a home directory. */
    public static final String FILE_NAME = "members";

    /** How many statements a book may hold. */
    public static final int MAX_STATEMENTS = BookRoom.USUAL.most();

    private static final Logger LOG = LoggerFactory.getLogger(MemberBook.class);
    private static final byte[] MAGIC = "LNYM1\n".getBytes(StandardCharsets.US_ASCII);
    static final int MAX_FILE_BYTES = MAX_STATEMENTS * SignedStatement.MAX_BYTES + MAGIC.length;

    private final Path file;
    private final BookRoom room;
    private final SignedStatement founding;
    private final Map<String, SignedStatement> statements = new LinkedHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong refused = new AtomicLong();
    private boolean saidFull;
    private volatile Membership membership;

    private MemberBook(Path file, List<SignedStatement> all, BookRoom room) throws MalformedStatementException {
        this.file = file;
        this.room = room;
        this.founding = all.isEmpty() ? null : all.get(0);
        if (founding == null || !(founding.statement() instanceof Founding first)) {
            throw new MalformedStatementException("no group is founded in it");
        }
        if (!founding.isSignedBy(first.founder())) {
            throw new MalformedStatementException("the founder did not sign it");
        }
        statements.put(founding.id(), founding);
        membership = Membership.of(founding, statements.values());
        Set<SignedStatement> good = new HashSet<>(verified(all));
        if (good.size() + 1 < new HashSet<>(all).size()) {
            throw new MalformedStatementException("a statement in it is not signed by an admin of the group");
        }
        all.stream().filter(good::contains).forEach(one -> statements.put(one.id(), one));
        membership = Membership.of(founding, statements.values());
    }

    /**
     * Makes a book of these statements, the founding first, without writing it.
     *
     * @throws MalformedStatementException if one is not signed by whom it should be
     */
    static MemberBook of(Path home, List<SignedStatement> statements) throws MalformedStatementException {
        return of(home, statements, BookRoom.USUAL);
    }

    static MemberBook of(Path home, List<SignedStatement> statements, BookRoom room)
            throws MalformedStatementException {
        return new MemberBook(home.resolve(FILE_NAME), statements, room);
    }

    /**
     * Reads the book of {@code home}, and checks each signature.
     *
     * @return the book, or empty if there is none
     * @throws IdentityException if the file is open to others, unreadable, or damaged
     */
    static Optional<MemberBook> read(Path home) throws IdentityException {
        Path file = home.resolve(FILE_NAME);
        Optional<byte[]> content = PrivateFiles.read(file, MAX_FILE_BYTES);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try {
            byte[] bytes = content.get();
            if (bytes.length < MAGIC.length || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
                throw new MalformedStatementException("it is no book of this version");
            }
            byte[] rest = Arrays.copyOfRange(bytes, MAGIC.length, bytes.length);
            return Optional.of(new MemberBook(file, SignedStatement.decodeAll(rest, MAX_STATEMENTS), BookRoom.USUAL));
        } catch (MalformedStatementException e) {
            throw new IdentityException(
                    "The member book " + file + " cannot be used: " + e.getMessage() + ".",
                    "Move it away: the next start begins it anew with what this device's certificate says, and the other"
                            + " devices tell the rest.",
                    e);
        }
    }

    /** Returns the bytes of the file. */
    synchronized byte[] encode() {
        byte[] all = SignedStatement.encodeAll(statements.values());
        return ByteBuffer.allocate(MAGIC.length + all.length)
                .put(MAGIC)
                .put(all)
                .array();
    }

    /** Returns the group's id: 32 hexadecimal digits, the first half of SHA-256 over its founding. */
    public String groupId() {
        return founding.group();
    }

    /** Returns the group's name on the network: {@code lanyard-} and its id. It tells outsiders that it is this group. */
    public String networkName() {
        return networkName(founding);
    }

    static String networkName(SignedStatement founding) {
        return "lanyard-" + founding.group();
    }

    /** Returns what people call the group. */
    public String groupName() {
        return ((Founding) founding.statement()).groupName();
    }

    /** Returns all devices that were ever admitted, the founder first; revoked ones too. */
    public List<Member> members() {
        return List.copyOf(membership.members());
    }

    /** Returns the members that may admit and revoke. */
    public List<Member> admins() {
        Membership now = membership;
        return now.members().stream().filter(member -> now.isAdmin(member.id())).toList();
    }

    /** Returns a device that was ever admitted. */
    public Optional<Member> find(String id) {
        return membership.find(id);
    }

    /** Returns whether the device belongs to the group now. */
    public boolean isMember(String id) {
        return membership.isMember(id);
    }

    /** Returns whether the device may admit and revoke now. */
    public boolean isAdmin(String id) {
        return membership.isAdmin(id);
    }

    /** Returns whether the device was revoked, also if its admission is not known here. */
    public boolean isRevoked(String id) {
        return membership.isRevoked(id);
    }

    /** Returns the ids of devices that were admitted or revoked, and are no members: nothing of theirs is to be taken. */
    public Set<String> outcasts() {
        return membership.outcasts();
    }

    /** Calls {@code listener} after each change, on the thread that made it; it must not block. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Returns a hash over the set: two books with the same say the same. 64 hexadecimal digits. */
    public synchronized String digest() {
        ByteBuffer all = ByteBuffer.allocate(statements.size() * 32);
        statements.keySet().stream()
                .sorted()
                .forEach(id -> all.put(HexFormat.of().parseHex(id)));
        return HexFormat.of().formatHex(EllipticKeys.sha256(all.array()));
    }

    /** Returns the ids of all statements, in an order in which another book can take them. */
    public synchronized List<String> ids() {
        return List.copyOf(statements.keySet());
    }

    /** Returns the statements that are not among {@code known}, in an order in which another book can take them. */
    public synchronized List<SignedStatement> missingFor(Collection<String> known) {
        Set<String> there = new HashSet<>(known);
        return statements.values().stream()
                .filter(statement -> !there.contains(statement.id()))
                .toList();
    }

    /** Returns how many statements were refused since the start: not signed by an admin, or the book was full. */
    public long refusedCount() {
        return refused.get();
    }

    /**
     * Takes statements in. Those that no admin of this group signed are refused and counted; so are all that the book
     * has no room for, before a signature is looked at.
     *
     * @return whether the book holds any that it did not hold
     */
    public boolean add(Collection<SignedStatement> more) {
        synchronized (this) {
            List<SignedStatement> fresh = unknown(more);
            List<SignedStatement> good = bounded(verified(isFull() ? bounded(fresh) : fresh));
            refused.addAndGet(fresh.size() - good.size());
            if (good.isEmpty()) {
                return false;
            }
            take(good);
            try {
                PrivateFiles.write(file, encode());
            } catch (IdentityException e) {
                LOG.warn(
                        "{} {} Until then, a restart forgets what was learnt about membership.",
                        e.getMessage(),
                        e.hint());
            }
        }
        listeners.forEach(Runnable::run);
        return true;
    }

    /**
     * Takes a path from the founder to a device in, if that makes the device a member.
     *
     * @return whether the device is a member now
     */
    boolean admits(List<SignedStatement> path, String device) {
        synchronized (this) {
            List<SignedStatement> fresh = verified(unknown(path));
            if (fresh.isEmpty() || isMember(device)) {
                return isMember(device);
            }
            List<SignedStatement> together = new ArrayList<>(statements.values());
            together.addAll(fresh);
            if (!Membership.of(founding, together).isMember(device)) {
                return false;
            }
        }
        add(path);
        return isMember(device);
    }

    /**
     * Takes in what this device says itself; durable on return.
     *
     * @throws IdentityException if there is no room or the file cannot be written; then it was not said
     */
    void append(SignedStatement own) throws IdentityException {
        synchronized (this) {
            if (bounded(verified(List.of(own))).isEmpty()) {
                throw new IdentityException(
                        "The member book " + file + " is full: a group has room for " + room.ordinary()
                                + " statements, and for some revocations beyond.",
                        "Found a new group with 'lanyard init', and invite the devices into it; documents stay.",
                        null);
            }
            Membership before = membership;
            take(List.of(own));
            try {
                PrivateFiles.write(file, encode());
            } catch (IdentityException e) {
                statements.remove(own.id());
                membership = before;
                throw e;
            }
        }
        listeners.forEach(Runnable::run);
    }

    List<SignedStatement> pathTo(String device) {
        return membership.pathTo(device);
    }

    List<String> headsOf(String device) {
        return membership.headsOf(device);
    }

    List<Rotation> rotations() {
        return membership.rotations();
    }

    SignedStatement founding() {
        return founding;
    }

    private void take(List<SignedStatement> good) {
        good.forEach(one -> statements.put(one.id(), one));
        membership = Membership.of(founding, statements.values());
    }

    private boolean isFull() {
        return statements.size() >= room.ordinary();
    }

    private List<SignedStatement> unknown(Collection<SignedStatement> more) {
        return more.stream()
                .filter(one -> !statements.containsKey(one.id()))
                .distinct()
                .toList();
    }

    /** Leaves away, and says so, what there is no room for. */
    private List<SignedStatement> bounded(List<SignedStatement> more) {
        List<SignedStatement> fitting = room.fitting(statements.values(), membership, more);
        if (fitting.size() < more.size() && !saidFull) {
            saidFull = true;
            LOG.error(
                    "{} is full: {} statements about membership are refused, and all further ones but revocations",
                    file,
                    more.size() - fitting.size());
        }
        return fitting;
    }

    /** Returns those that an admin of the group signed: one that is an admin by this book, or by others of them. */
    private List<SignedStatement> verified(List<SignedStatement> fresh) {
        List<SignedStatement> good = new ArrayList<>();
        List<SignedStatement> open = new ArrayList<>(fresh);
        Membership known = membership;
        boolean found = true;
        while (found && !open.isEmpty()) {
            List<SignedStatement> now = new ArrayList<>();
            for (SignedStatement one : open) {
                PublicKey issuer = known.everAdmin(one.statement().issuer());
                if (one.statement() instanceof Later later
                        && later.group().equals(groupId())
                        && issuer != null
                        && one.isSignedBy(issuer)) {
                    now.add(one);
                }
            }
            found = !now.isEmpty();
            open.removeAll(now);
            good.addAll(now);
            if (found && !open.isEmpty()) {
                List<SignedStatement> together = new ArrayList<>(statements.values());
                together.addAll(good);
                known = Membership.of(founding, together);
            }
        }
        return good;
    }
}
