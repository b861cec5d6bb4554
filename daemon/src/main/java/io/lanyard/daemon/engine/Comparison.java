package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.Descent.Purpose;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Effect.Verified;
import io.lanyard.daemon.engine.VerifyReport.Own;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.engine.VerifyReport.Refusal;
import io.lanyard.daemon.engine.VerifyReport.Repair;
import io.lanyard.daemon.engine.VerifyReport.Verdict;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Documents;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Proof that this replica shows what the others show: checks itself and compares itself with them, one after the other,
 * names the documents that differ, copies them over from a sound side when a person says which that is, and takes over
 * from any peer what cannot be read here.
 *
 * <p>A check first works the own digest out anew ({@link DigestAudit}), then descends to the documents that differ from
 * each peer that is online ({@link Descent}). It runs when somebody asks for it, when digests differ under equal vectors
 * and walking the indexes did not explain that, and now and then by itself. One runs at a time.
 */
final class Comparison {

    private static final String FENCE_HERE = "this device goes through the fence first";
    private static final String FENCE_THERE = "it has to go through the fence first";
    private static final int MAX_WAITING = 16;
    /** The first check that nobody asked for comes this long after the start, if not sooner. */
    private static final long FIRST_CHECK_MILLIS = 60_000;

    private final ReplicaState state;
    private final Settings settings;
    private final RandomGenerator random;
    private final ComparisonServer own;
    private final DigestAudit audit;
    private final Refill refill;

    private final Deque<Job> waiting = new ArrayDeque<>();
    private Job job;
    private final List<Effect> effects = new ArrayList<>();
    private final Findings findings;

    private long nextCheckMillis = Long.MIN_VALUE;
    private long checks;
    private long lastCheckMillis;
    private long documentsChecked;
    private long peersCompared;
    private long repairs;

    Comparison(ReplicaState state, Settings settings, RandomGenerator random, ComparisonServer own) {
        this.state = state;
        this.settings = settings;
        this.random = random;
        this.own = own;
        audit = new DigestAudit(state);
        refill = new Refill(state, settings);
        findings = new Findings(state, effects);
        state.tell(audit);
    }

    /** A check: who asked for it, and how far it came. */
    private static final class Job {
        /** Who is to be answered; empty if nobody asked. */
        final List<Long> tickets = new ArrayList<>();
        /** Of which device alone, if digests differed; else all that are online. */
        MemberId suspect;
        /** Name or id of the device to copy from, {@code null} if nothing is to be copied. */
        String repairFrom;

        long beganMillis;
        Own own;
        Repair repair;
        boolean isRepairing;
        final Deque<MemberId> left = new ArrayDeque<>();
        boolean isListed;
        Descent descent;
        final List<PeerResult> results = new ArrayList<>();

        boolean isAskedFor() {
            return !tickets.isEmpty();
        }

        /** Returns true if somebody waits for it, or should know as soon as possible. */
        boolean isUrgent() {
            return isAskedFor() || suspect != null;
        }
    }

    /**
     * Asks the peers for the whole present state of these documents and puts it in the place of what is here, whether
     * that can be read or not: for documents that are damaged in the store. Goes on, one peer after the other, until
     * every one came; each is committed, moves to the tail of the arrival index and is told to subscribers like any
     * other change. Values that could be read here and are lost by it go into the conflict journal.
     *
     * <p>Returns at once; asking twice is harmless. {@link EngineStatus.Proof#refillsWaiting} tells how many are still
     * to come. A program outside of the engine sends {@link Input.Refill}.
     */
    void refill(Collection<DocumentId> ids) {
        refill.want(ids);
    }

    /**
     * Checks this replica and compares it with all peers that are online; {@link Verified} is the answer.
     *
     * @param repairFrom name or id of the device from which documents that differ are to be copied first
     */
    void verify(long ticket, Optional<String> repairFrom, long wallMillis) {
        Optional<Job> same = waiting.stream()
                .filter(other -> other.repairFrom == null && other.isAskedFor())
                .findFirst();
        if (repairFrom.isEmpty() && same.isPresent()) {
            same.get().tickets.add(ticket);
            return;
        }
        Job asked = new Job();
        asked.tickets.add(ticket);
        asked.repairFrom = repairFrom.orElse(null);
        if (waiting.size() >= MAX_WAITING) {
            asked.beganMillis = wallMillis;
            asked.own = new Own(0, state.digest().root(), false, List.of(), List.of());
            asked.repair = new Repair(
                    new Device("", repairFrom.orElse("")), 0, Refusal.BUSY, "too many checks are waiting already");
            answer(asked, wallMillis);
        } else {
            waiting.add(asked);
        }
    }

    /** Finds out where this replica and one peer differ, since their digests do, and raises an alarm. */
    void examine(Peer peer) {
        boolean isUnderWay = job != null && peer.member.equals(job.suspect)
                || waiting.stream().anyMatch(other -> peer.member.equals(other.suspect));
        if (!isUnderWay && waiting.size() < MAX_WAITING) {
            Job descent = new Job();
            descent.suspect = peer.member;
            waiting.add(descent);
        }
    }

    /** Returns true if documents are known to differ from the peer's, whatever the digests say. */
    boolean isDiffering(Peer peer) {
        return findings.isDiffering(peer.device);
    }

    /**
     * Notes what a peer says that it shows.
     *
     * @param isEqual whether that is, by vector and digest, what this replica shows
     */
    void hear(Peer peer, boolean isEqual) {
        findings.hear(peer, isEqual);
    }

    /** Takes a message that answers one of the requests made here; leaves others alone. */
    void take(MemberId from, Message message, boolean isCatchingUp, long wallMillis, long nowMillis) {
        if (message instanceof Documents documents) {
            refill.take(from, documents, wallMillis, nowMillis);
        }
        if (job != null && job.descent != null) {
            job.descent.take(from, message, isCatchingUp, wallMillis, nowMillis);
        }
    }

    /** Gives up what a member that is gone was asked for. */
    void abandon(MemberId member) {
        if (job != null && job.descent != null && job.descent.peer().member.equals(member)) {
            job.descent.abandon();
        }
    }

    /** Returns true if it can go on at once although nothing came in, and somebody waits for it. */
    boolean hasWork() {
        return job != null && job.isUrgent() && (audit.isRunning() || job.descent == null || job.descent.hasWork());
    }

    /**
     * Goes on with what is under way, for a bounded time.
     *
     * @param isClosed whether nothing may be exchanged with anybody now
     */
    void pursue(Peers peers, boolean isClosed, long wallMillis, long nowMillis) {
        if (!isClosed) {
            refill.pursue(peers.online(), random, nowMillis);
        } else if (job != null && job.descent != null) {
            job.descent.giveUp(FENCE_HERE);
        }
        if (nextCheckMillis == Long.MIN_VALUE) {
            nextCheckMillis = nowMillis + Math.min(settings.checkMillis(), FIRST_CHECK_MILLIS);
        }
        if (nowMillis >= nextCheckMillis && waiting.isEmpty()) {
            nextCheckMillis = nowMillis + settings.checkMillis();
            waiting.add(new Job());
        }
        if (job == null && state.takeDigestDoubt() && waiting.isEmpty()) {
            waiting.add(new Job());
        }
        if (job == null && !waiting.isEmpty()) {
            job = waiting.poll();
            job.beganMillis = wallMillis;
            audit.begin();
        }
        if (job != null) {
            goOn(peers, isClosed, wallMillis, nowMillis);
        }
    }

    private void goOn(Peers peers, boolean isClosed, long wallMillis, long nowMillis) {
        if (audit.isRunning()) {
            audit.goOn().ifPresent(this::take);
        } else if (job.descent != null) {
            job.descent.pursue(nowMillis);
            job.descent.result().ifPresent(this::take);
        } else if (job.repairFrom != null && job.repair == null && isClosed) {
            refuse(new Device("", job.repairFrom), Refusal.NOT_IN_STEP, FENCE_HERE);
        } else if (job.repairFrom != null && job.repair == null) {
            beginRepair(peers, nowMillis);
        } else {
            compareNext(peers, isClosed, wallMillis, nowMillis);
        }
    }

    private void take(Own found) {
        job.own = found;
        documentsChecked = found.documents();
        if (found.wasDigestWrong()) {
            effects.add(new Alarm("the digest kept of this device's documents was wrong and has been put right:"
                    + " something changed in the store that nobody wrote"));
        }
        if (!found.altered().isEmpty()) {
            effects.add(new Alarm(
                    "on this device " + Findings.told(found.altered()) + " changed in the store though nobody wrote"));
        }
        refill.want(found.unreadable());
    }

    private void beginRepair(Peers peers, long nowMillis) {
        List<Peer> online = named(peers.online(), job.repairFrom);
        if (online.size() == 1 && !obstacle(online.get(0), false).isEmpty()) {
            Device device = online.get(0).device;
            refuse(device, Refusal.NOT_IN_STEP, device.name() + ": " + obstacle(online.get(0), false));
            return;
        }
        if (online.size() == 1) {
            job.isRepairing = true;
            begin(online.get(0), Purpose.REPAIR, nowMillis);
            return;
        }
        boolean isKnown = !named(peers.departed(), job.repairFrom).isEmpty();
        String sentence = online.size() > 1
                ? "several devices are named '" + job.repairFrom + "': name one by its id"
                : isKnown
                        ? "'" + job.repairFrom + "' is not online"
                        : settings.device().id().equals(job.repairFrom)
                                        || settings.device().name().equals(job.repairFrom)
                                ? "'" + job.repairFrom + "' is this device itself"
                                : "no device '" + job.repairFrom + "' is known here";
        refuse(new Device("", job.repairFrom), isKnown ? Refusal.OFFLINE : Refusal.UNKNOWN_DEVICE, sentence);
    }

    private void refuse(Device from, Refusal refusal, String sentence) {
        job.repair = new Repair(from, 0, refusal, sentence);
        job.isListed = true;
    }

    private static List<Peer> named(Collection<Peer> peers, String nameOrId) {
        List<Peer> known = peers.stream().filter(peer -> peer.device != null).toList();
        List<Peer> byId =
                known.stream().filter(peer -> peer.device.id().equals(nameOrId)).toList();
        return byId.isEmpty()
                ? known.stream()
                        .filter(peer -> peer.device.name().equals(nameOrId))
                        .toList()
                : byId;
    }

    private void begin(Peer peer, Purpose purpose, long nowMillis) {
        job.descent = new Descent(peer, purpose, state, own, settings, random);
        job.descent.pursue(nowMillis);
    }

    private void take(PeerResult result) {
        Descent ended = job.descent;
        job.descent = null;
        if (job.isRepairing) {
            job.isRepairing = false;
            repairs += ended.replaced();
            takeRepair(result, ended.replaced());
            return;
        }
        job.results.add(result);
        if (result.verdict() == Verdict.SAME) {
            findings.end(result.device());
        } else if (result.verdict() == Verdict.DIFFERS) {
            findings.differs(ended.peer(), result);
        } else if (job.suspect != null) {
            ended.peer().alarmedFor = null;
            if (result.verdict() == Verdict.NO_ANSWER) {
                findings.unexplained(ended.peer(), result);
            }
        }
    }

    private void takeRepair(PeerResult result, long replaced) {
        boolean isRefused = replaced == 0;
        String name = result.device().name();
        if (isRefused && result.verdict() == Verdict.NOT_COMPARABLE) {
            refuse(
                    result.device(),
                    Refusal.NOT_IN_STEP,
                    name + " and this device do not hold the same writes now: still syncing");
        } else if (isRefused && result.verdict() == Verdict.NO_ANSWER) {
            refuse(result.device(), Refusal.NO_ANSWER, "nothing could be copied from " + name + ": " + result.detail());
        } else {
            job.repair = new Repair(result.device(), replaced, null, "");
            audit.begin();
        }
    }

    private void compareNext(Peers peers, boolean isClosed, long wallMillis, long nowMillis) {
        if (!job.isListed) {
            job.isListed = true;
            peers.online().stream()
                    .filter(peer -> job.suspect == null || peer.member.equals(job.suspect))
                    .forEach(peer -> job.left.add(peer.member));
        }
        Peer next = null;
        while (next == null && !job.left.isEmpty()) {
            next = peers.online(job.left.poll());
            String obstacle = next == null ? "" : obstacle(next, isClosed);
            if (!obstacle.isEmpty()) {
                Device device = next.device != null ? next.device : new Device(next.member.text(), "?");
                job.results.add(new PeerResult(device, Verdict.NOT_COMPARABLE, obstacle, List.of(), false));
                next = null;
            }
        }
        if (next != null) {
            begin(next, job.isAskedFor() ? Purpose.PROVE : Purpose.COMPARE, nowMillis);
            return;
        }
        checks++;
        lastCheckMillis = wallMillis;
        peersCompared = job.results.stream()
                .filter(result -> result.verdict() == Verdict.SAME || result.verdict() == Verdict.DIFFERS)
                .count();
        answer(job, wallMillis);
        job = null;
    }

    private static String obstacle(Peer peer, boolean isClosed) {
        if (isClosed) {
            return FENCE_HERE;
        }
        if (!peer.isKnown()) {
            return "it has not said yet what it holds";
        }
        return peer.isTrusted ? "" : FENCE_THERE;
    }

    private void answer(Job ended, long wallMillis) {
        VerifyReport report = new VerifyReport(
                ended.beganMillis, wallMillis, ended.own, ended.results, Optional.ofNullable(ended.repair));
        ended.tickets.forEach(ticket -> effects.add(new Verified(ticket, report)));
    }

    /** Appends answers, alarms and requests, all of which go out after the commit. */
    void takeEffects(List<Effect> into, long nowMillis) {
        into.addAll(effects);
        effects.clear();
        refill.takeRequest().ifPresent(due -> into.add(new Send(due.to(), due.request())));
        if (job != null && job.descent != null) {
            job.descent.takeRequest(nowMillis).ifPresent(into::add);
        }
    }

    /** Returns how it stands. */
    EngineStatus.Proof status() {
        return new EngineStatus.Proof(
                job != null,
                checks,
                lastCheckMillis,
                documentsChecked,
                peersCompared,
                findings.documents(),
                repairs,
                refill.refilled(),
                refill.waiting().size());
    }
}
