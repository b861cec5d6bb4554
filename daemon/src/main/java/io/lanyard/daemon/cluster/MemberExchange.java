package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.MalformedStatementException;
import io.lanyard.daemon.security.MemberBook;
import io.lanyard.daemon.security.SignedStatement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster, with what members tell each other about membership taken out of its messages, and with whoever belongs to
 * the group no more taken out of its members.
 *
 * <p><b>Spreading.</b> A device tells a digest of its member book to each new member, to all after each change, and to
 * all every {@link #REPEAT_SECONDS}, since any message may be lost. Whoever holds another book answers with the ids that
 * it holds, and is sent what it lacks, in pages; if it holds more, it is asked for that in turn. Secrets of newer epochs
 * go the same way, to members only.
 *
 * <p><b>Enforcing.</b> From the moment that the book says that a device is no member, nothing of it is delivered, and the
 * listener is told that it is gone; beside that its connections are closed, and it is taken out of the cluster's view.
 *
 * <p>Threads: the cluster's own deliver; one of this class reads and writes books. The listener is still called one call
 * at a time.
 */
public final class MemberExchange implements Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(MemberExchange.class);
    private static final long REPEAT_SECONDS = 10;
    private static final int MAX_WAITING = 256;
    private static final int PAGE_BYTES = 256 << 10;
    private static final long END_SECONDS = 5;

    private final Cluster under;
    private final GroupHome home;
    private final String version;
    private final Consumer<Predicate<MemberId>> cutOff;
    private final Map<String, String> versions = new ConcurrentHashMap<>();
    private final AtomicLong dropped = new AtomicLong();
    private final LinkedBlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final ThreadPoolExecutor worker =
            new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, waiting, work -> thread(work, "lanyard-members"));
    private final ScheduledThreadPoolExecutor clock =
            new ScheduledThreadPoolExecutor(1, work -> thread(work, "lanyard-members-clock"));

    private Listener listener;
    private Set<MemberId> present = Set.of();
    private Set<MemberId> told = Set.of();
    private volatile Set<String> outcasts = Set.of();

    /**
     * Wraps a cluster that is not started yet.
     *
     * @param version of this program, which the others are told
     */
    public MemberExchange(JGroupsCluster under, GroupHome home, String version) {
        this(under, home, version, under::cutOffOutcasts);
    }

    /** @param cutOff closes the connections of members of which its argument is true */
    MemberExchange(Cluster under, GroupHome home, String version, Consumer<Predicate<MemberId>> cutOff) {
        this.version = version;
        this.under = under;
        this.home = home;
        this.cutOff = cutOff;
    }

    @Override
    public void start(Listener theirs) {
        listener = theirs;
        outcasts = digitsOf(home.book());
        home.onChange(this::bookChanged);
        under.start(new Listener() {
            @Override
            public void received(MemberId from, byte[] message) {
                MemberExchange.this.received(from, message);
            }

            @Override
            public void membersChanged(Set<MemberId> others) {
                MemberExchange.this.membersChanged(others);
            }
        });
        everyRound(() -> under.broadcast(digest()));
    }

    /** Does something on this class's thread whenever the members are told again. */
    public void everyRound(Runnable action) {
        clock.scheduleWithFixedDelay(() -> work(action), REPEAT_SECONDS, REPEAT_SECONDS, TimeUnit.SECONDS);
    }

    /** Returns how many messages of devices that are no members any more were dropped since the start. */
    public long droppedCount() {
        return dropped.get();
    }

    /** Returns the version of the program that a device ran when it was last heard; empty if not since the start. */
    public Optional<String> versionOf(String deviceId) {
        return versions.keySet().stream()
                .filter(deviceId::startsWith)
                .findFirst()
                .map(versions::get);
    }

    private synchronized void received(MemberId from, byte[] message) {
        if (isOutcast(from)) {
            dropped.incrementAndGet();
        } else if (MemberMessage.isOne(message)) {
            work(() -> read(from, message));
        } else {
            listener.received(from, message);
        }
    }

    private synchronized void membersChanged(Set<MemberId> others) {
        present = others;
        tell();
    }

    private void tell() {
        Set<MemberId> now =
                present.stream().filter(member -> !isOutcast(member)).collect(Collectors.toUnmodifiableSet());
        Set<MemberId> fresh = new HashSet<>(now);
        fresh.removeAll(told);
        if (!now.equals(told)) {
            told = now;
            listener.membersChanged(now);
        }
        fresh.forEach(member -> work(() -> under.send(member, digest())));
    }

    /** What a revocation changes is done when this returns, but for closing connections. */
    private void bookChanged() {
        Set<String> next = digitsOf(home.book());
        boolean isLess;
        synchronized (this) {
            isLess = !outcasts.containsAll(next);
            outcasts = next;
            tell();
        }
        work(() -> {
            under.broadcast(digest());
            if (isLess) {
                cutOff.accept(this::isOutcast);
            }
        });
    }

    private boolean isOutcast(MemberId member) {
        Set<String> now = outcasts;
        return !now.isEmpty()
                && under.provenDevice(member).filter(now::contains).isPresent();
    }

    private static Set<String> digitsOf(MemberBook book) {
        return book.outcasts().stream().map(ChannelAddress::deviceDigits).collect(Collectors.toUnmodifiableSet());
    }

    private byte[] digest() {
        DeviceIdentity identity = home.identity();
        return new MemberMessage.Digest(identity.book().digest(), identity.secretHashes(), version).encode();
    }

    private void read(MemberId from, byte[] bytes) {
        try {
            MemberMessage message = MemberMessage.decode(bytes);
            if (message instanceof MemberMessage.Digest digest) {
                compare(from, digest);
            } else if (message instanceof MemberMessage.Ids ids) {
                answer(from, ids);
            } else if (message instanceof MemberMessage.Statements statements) {
                home.book().add(statements.statements());
            } else if (message instanceof MemberMessage.Secrets secrets
                    && home.identity().keepSecrets(secrets.secrets())) {
                LOG.info("this device has the group's newest secret");
                under.broadcast(digest());
            }
        } catch (MalformedStatementException e) {
            LOG.debug("a message about membership cannot be read", e);
        } catch (IdentityException e) {
            LOG.warn("{} {}", e.getMessage(), e.hint());
        }
    }

    private void compare(MemberId from, MemberMessage.Digest theirs) {
        under.provenDevice(from).ifPresent(device -> versions.put(device, theirs.version()));
        DeviceIdentity identity = home.identity();
        if (!theirs.book().equals(identity.book().digest())) {
            under.send(from, new MemberMessage.Ids(true, identity.book().ids()).encode());
        }
        List<byte[]> secrets = identity.secretsMissingFor(theirs.secrets());
        if (!secrets.isEmpty() && isMember(from, identity.book())) {
            under.send(from, new MemberMessage.Secrets(secrets).encode());
        }
    }

    private void answer(MemberId from, MemberMessage.Ids theirs) {
        MemberBook book = home.book();
        List<SignedStatement> page = new ArrayList<>();
        int bytes = 0;
        for (SignedStatement statement : book.missingFor(theirs.ids())) {
            page.add(statement);
            bytes += statement.size();
            if (bytes >= PAGE_BYTES) {
                under.send(from, new MemberMessage.Statements(page).encode());
                page.clear();
                bytes = 0;
            }
        }
        if (!page.isEmpty()) {
            under.send(from, new MemberMessage.Statements(page).encode());
        }
        if (theirs.wantsAnswer() && !new HashSet<>(book.ids()).containsAll(theirs.ids())) {
            under.send(from, new MemberMessage.Ids(false, book.ids()).encode());
        }
    }

    private boolean isMember(MemberId member, MemberBook book) {
        Optional<String> digits = under.provenDevice(member);
        return digits.isPresent()
                && book.members().stream()
                        .filter(one -> !one.isRevoked())
                        .anyMatch(one -> one.id().startsWith(digits.get()));
    }

    private void work(Runnable work) {
        try {
            worker.execute(work);
        } catch (RejectedExecutionException e) {
            LOG.debug("too much about membership at once; it is told again soon", e);
        }
    }

    private static Thread thread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public boolean broadcast(byte[] message) {
        return under.broadcast(message);
    }

    @Override
    public boolean send(MemberId to, byte[] message) {
        return !isOutcast(to) && under.send(to, message);
    }

    @Override
    public Optional<String> provenDevice(MemberId member) {
        return under.provenDevice(member);
    }

    @Override
    public ClusterStatus status() {
        return under.status();
    }

    @Override
    public void connect() {
        under.connect();
    }

    @Override
    public void disconnect() {
        under.disconnect();
    }

    @Override
    public void close() {
        clock.shutdownNow();
        worker.shutdown();
        try {
            if (!worker.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("what was under way about membership is left");
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted while closing", e);
            Thread.currentThread().interrupt();
        }
        under.close();
    }
}
