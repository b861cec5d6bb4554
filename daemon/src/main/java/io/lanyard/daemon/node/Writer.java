package io.lanyard.daemon.node;

import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.Engine;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.Openings;
import io.lanyard.daemon.engine.Settings;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.node.Intake.Item;
import io.lanyard.daemon.node.Node.OverloadedException;
import io.lanyard.daemon.node.Node.StoppedException;
import io.lanyard.daemon.node.Node.UnwritableException;
import io.lanyard.daemon.watch.Heartbeat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that feeds the engine and carries out its effects, in order.
 *
 * <p>Each turn takes everything that waits, so one commit serves all of it (group commit). While the disk is full, local
 * writes are refused and nothing is merged, so that nothing has to be committed. If the disk does not take a commit all
 * the same, the engine knows more than the disk and is thrown away: nothing of that turn is acknowledged, and a new
 * engine begins a new opening on the last commit as soon as the store has recovered. If a commit fails otherwise, or an
 * invariant breaks, the thread stops for good and says so.
 */
final class Writer {

    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final long TICK_MILLIS = 50;
    private static final int MAX_TURN = 1_024;
    private static final long MAX_ANSWER_MILLIS = 2_000;

    private final Store store;
    private final Settings settings;
    private final Intake intake;
    private final RecentChanges recent;
    private final ActivityMeter meter;
    private final Audience audience;
    private final DeviceNames names;
    private final SettingsBook book;
    private final Heartbeat heartbeat;
    private final ChangeHistory history;
    private final Speakers speakers;
    private final RandomGenerator random;
    private final StorageGuard guard;
    private final Answers answers = new Answers();
    private final Performer performer;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread = new Thread(this::run, "lanyard-node");
    /** Null after a commit that the disk did not take, until the store has recovered. */
    private Engine engine;

    private Set<MemberId> members = Set.of();
    private boolean isToldOfMembers = true;
    private boolean isToldOfGroup = true;
    private Item.Belonging belonging;
    private volatile Openings openings;
    private long lastTickMillis;
    private volatile Throwable failure;
    private volatile EngineStatus lastStatus;
    private volatile boolean isStopping;

    /** What a writer tells others of. */
    record Surroundings(
            Intake intake,
            RecentChanges recent,
            ConflictLog conflicts,
            ActivityMeter meter,
            Audience audience,
            DeviceNames names,
            Notices notices,
            SettingsBook book,
            Heartbeat heartbeat,
            ChangeHistory history,
            Speakers speakers) {}

    /**
     * Makes a writer that is not started yet, and notes the opening of the store.
     *
     * @throws IOException if that cannot be noted
     */
    Writer(Store store, Cluster cluster, Settings settings, RandomGenerator random, Surroundings around)
            throws IOException {
        this.store = store;
        this.settings = settings;
        intake = around.intake();
        recent = around.recent();
        meter = around.meter();
        audience = around.audience();
        names = around.names();
        book = around.book();
        heartbeat = around.heartbeat();
        history = around.history();
        speakers = around.speakers();
        this.random = random;
        guard = new StorageGuard(store);
        performer = new Performer(store, cluster, guard, settings.journalLimit(), answers, around);
        begin();
        thread.setDaemon(true);
    }

    private void begin() throws IOException {
        try {
            open();
        } catch (Store.UnwritableException e) {
            Engine unopened = new Engine(store, settings, random);
            openings = unopened.openings();
            lastStatus = unopened.status();
            guard.failed(e, monotonicMillis());
        }
        guard.look(monotonicMillis());
    }

    /** Begins an opening of the store on its last commit. */
    private void open() throws IOException {
        Engine fresh = new Engine(store, settings, random);
        for (Effect effect : fresh.open()) {
            performer.carryOut(effect, fresh);
        }
        book.read(store);
        engine = fresh;
        openings = fresh.openings();
        lastStatus = fresh.status();
        names.note(lastStatus.devices());
        speakers.learn(lastStatus.writers());
        isToldOfMembers = members.isEmpty();
        isToldOfGroup = belonging == null;
    }

    private static long monotonicMillis() {
        return System.nanoTime() / 1_000_000;
    }

    void start() {
        thread.start();
    }

    /** Returns whether the disk takes writes. */
    Storage storage() {
        return guard.storage();
    }

    /** Returns a future that completes when the thread ended: normally after {@link #close}, else with why. */
    CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** Returns the openings of the store up to the present one. */
    Openings openings() {
        return openings;
    }

    CompletableFuture<WriteResult> write(WriteRequest request) {
        CompletableFuture<WriteResult> result = new CompletableFuture<>();
        if (isStopping || failure != null) {
            result.completeExceptionally(stopped());
        } else if (!guard.storage().isWritable()) {
            result.completeExceptionally(new UnwritableException(guard.storage(), false));
        } else if (!intake.offer(request, result)) {
            result.completeExceptionally(new OverloadedException());
        } else if (ended.isDone()) {
            result.completeExceptionally(stopped());
        }
        return result;
    }

    CompletableFuture<VerifyReport> verify(Optional<String> repairFrom) {
        CompletableFuture<VerifyReport> report = new CompletableFuture<>();
        intake.offer(repairFrom, report);
        if (ended.isDone()) {
            report.completeExceptionally(stopped());
        }
        return report;
    }

    CompletableFuture<RetireOutcome> retire(String deviceId) {
        CompletableFuture<RetireOutcome> outcome = new CompletableFuture<>();
        intake.offer(deviceId, outcome);
        if (ended.isDone()) {
            outcome.completeExceptionally(stopped());
        }
        return outcome;
    }

    CompletableFuture<Void> belong(String group, boolean isFounder) {
        Item.Belonging belonging = new Item.Belonging(group, isFounder, new CompletableFuture<>());
        intake.offer(belonging);
        if (ended.isDone()) {
            belonging.done().completeExceptionally(stopped());
        }
        return belonging.done();
    }

    /** Asks the engine what is going on. If the present turn takes long, the answer is the one that was given last. */
    EngineStatus ask() {
        CompletableFuture<EngineStatus> answer = new CompletableFuture<>();
        intake.offer(answer);
        if (ended.isDone()) {
            throw stopped();
        }
        return answer.completeOnTimeout(lastStatus, MAX_ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .join();
    }

    /** Ends the thread after what waits already; what comes later is refused. Blocks until it ended. */
    void close() {
        isStopping = true;
        intake.end();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Throwable reason = null;
        try {
            while (takeTurn()) {
                // Everything that waited was carried out.
            }
        } catch (InterruptedException e) {
            reason = new StoppedException("the node's thread was interrupted", e);
        } catch (IOException | RuntimeException | Error e) {
            reason = e;
            LOG.error("This replica stops: what it holds in memory may not be what is on disk.", e);
        }
        heartbeat.idle();
        failure = reason;
        if (reason == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(reason);
        }
        refuseTheRest();
    }

    private boolean takeTurn() throws IOException, InterruptedException {
        heartbeat.idle();
        List<Item> items = intake.take(engine != null && engine.hasWork() ? 0 : TICK_MILLIS, MAX_TURN);
        heartbeat.working();
        watchTheDisk();
        List<Input> inputs = new ArrayList<>(items.size() + 1);
        List<CompletableFuture<EngineStatus>> questions = new ArrayList<>();
        boolean isLast = false;
        if (!isToldOfGroup && engine != null && belonging != null) {
            take(belonging, inputs);
        }
        if (!isToldOfMembers && engine != null) {
            isToldOfMembers = true;
            inputs.add(new Input.MembersChanged(members));
        }
        for (Item item : items) {
            if (item instanceof Item.Writing writing) {
                take(writing, inputs);
            } else if (item instanceof Item.Retiring retirement) {
                take(retirement, inputs);
            } else if (item instanceof Item.Belonging newest) {
                belonging = newest;
                take(newest, inputs);
            } else if (item instanceof Item.Incoming incoming) {
                if (!isToWrite(incoming.message()) || guard.storage().isWritable()) {
                    inputs.add(new Input.Received(incoming.from(), incoming.message()));
                }
            } else if (item instanceof Item.Membership) {
                members = intake.takeMembers();
                inputs.add(new Input.MembersChanged(members));
            } else if (item instanceof Item.Question question) {
                questions.add(question.answer());
            } else if (item instanceof Item.Checking checking) {
                take(checking, inputs);
            } else if (item instanceof Item.End) {
                isLast = true;
            }
        }
        step(inputs);
        if (!questions.isEmpty()) {
            lastStatus = engine == null ? lastStatus : engine.status();
            questions.forEach(question -> question.complete(lastStatus));
        }
        return !isLast;
    }

    private void take(Item.Writing writing, List<Input> inputs) {
        if (guard.storage().isWritable()) {
            inputs.add(new Input.LocalWrite(answers.expect(writing), writing.request()));
        } else {
            Answers.refuse(writing, new UnwritableException(guard.storage(), false));
        }
    }

    private void take(Item.Retiring retirement, List<Input> inputs) {
        if (guard.storage().isWritable()) {
            inputs.add(new Input.Retire(answers.expect(retirement), retirement.deviceId()));
        } else {
            Answers.refuse(retirement, new UnwritableException(guard.storage(), false));
        }
    }

    private void take(Item.Belonging newest, List<Input> inputs) {
        isToldOfGroup = engine != null;
        if (isToldOfGroup) {
            inputs.add(new Input.Belong(answers.expect(newest), newest.group(), newest.isFounder()));
        }
    }

    private void take(Item.Checking checking, List<Input> inputs) {
        if (engine != null) {
            inputs.add(new Input.Verify(answers.expect(checking), checking.repairFrom()));
        } else {
            Answers.refuse(checking, new UnwritableException(guard.storage(), false));
        }
    }

    /** Whether a message brings something to be committed. */
    private static boolean isToWrite(Message message) {
        return message instanceof Message.LiveWrite
                || message instanceof Message.Page
                || message instanceof Message.Documents;
    }

    private void step(List<Input> inputs) throws IOException {
        long monotonicMillis = monotonicMillis();
        if (engine == null) {
            return;
        }
        if (monotonicMillis - lastTickMillis >= TICK_MILLIS) {
            inputs.add(new Input.Tick());
            lastTickMillis = monotonicMillis;
        }
        inputs.forEach(meter::saw);
        boolean isMerging =
                inputs.stream().anyMatch(input -> input instanceof Input.Received from && isToWrite(from.message()));
        long beginNanos = System.nanoTime();
        try {
            List<Effect> effects = engine.step(inputs, System.currentTimeMillis(), monotonicMillis);
            rememberChanges(effects);
            history.note(effects);
            for (Effect effect : effects) {
                meter.did(effect);
                performer.carryOut(effect, engine);
            }
            if (isMerging) {
                meter.merged(System.nanoTime() - beginNanos);
            }
        } catch (Store.UnwritableException e) {
            giveUpTheEngine(e);
        } catch (Store.DamagedException e) {
            if (!store.isDamaged()) {
                throw e;
            }
            LOG.error("Something that is stored cannot be read any more.", e);
        }
        if (store.isDamaged()) {
            salvage();
        }
    }

    /** Goes on with what can be read of the store. What was not answered yet may or may not be there. */
    private void salvage() throws IOException {
        engine = null;
        StoppedException answer =
                new StoppedException("the store was found to be damaged, and is read anew: try again", null);
        answers.refuseAll(answer);
        store.salvage();
        recent.forgetAfter(0);
        open();
        audience.peersChanged();
    }

    /** What it applied is not committed and never will be by it; what it broadcast comes back from the peers. */
    private void giveUpTheEngine(Store.UnwritableException why) {
        engine = null;
        recent.forgetAfter(store.lastArrival());
        guard.failed(why, monotonicMillis());
        UnwritableException answer = new UnwritableException(guard.storage(), true);
        answers.refuseAll(answer);
        lastStatus = new Engine(store, settings, random).status();
        audience.peersChanged();
    }

    private void watchTheDisk() throws IOException {
        if (guard.isTryDue(monotonicMillis())) {
            recover();
        }
        if (guard.look(monotonicMillis())) {
            audience.peersChanged();
        }
    }

    private void recover() throws IOException {
        try {
            store.recover();
            open();
            guard.recovered(monotonicMillis());
        } catch (Store.UnwritableException e) {
            guard.failed(e, monotonicMillis());
        }
    }

    /** A reader of the feed may come between a commit and its notification, and must find what is known of it. */
    private void rememberChanges(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Notify notify) {
                recent.add(notify.changes());
            }
        }
    }

    private void refuseTheRest() {
        StoppedException stopped = stopped();
        answers.refuseAll(stopped);
        try {
            List<Item> rest = intake.take(0, MAX_TURN);
            while (!rest.isEmpty()) {
                rest.forEach(item -> Answers.refuse(item, stopped));
                rest = intake.take(0, MAX_TURN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private StoppedException stopped() {
        return failure == null
                ? new StoppedException("the daemon is stopping", null)
                : new StoppedException("the daemon stopped after a failure: see its log", failure);
    }
}
