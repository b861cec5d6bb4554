package io.lanyard.daemon.node;

import io.lanyard.daemon.cluster.Cluster;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Engine;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.MessageCodec;
import io.lanyard.daemon.node.Node.ConflictFilter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what an engine decided, one effect after the other. One thread, that of the {@link Writer}. */
final class Performer {

    private static final Logger LOG = LoggerFactory.getLogger(Performer.class);

    private final Store store;
    private final Cluster cluster;
    private final StorageGuard guard;
    private final int journalLimit;
    private final Answers answers;
    private final Writer.Surroundings around;
    private final FenceLog fenceLog = new FenceLog();
    private long lastJournaled;

    /** Makes one that has told of all conflicts in the journal. */
    Performer(
            Store store,
            Cluster cluster,
            StorageGuard guard,
            int journalLimit,
            Answers answers,
            Writer.Surroundings around) {
        this.store = store;
        this.cluster = cluster;
        this.guard = guard;
        this.journalLimit = journalLimit;
        this.answers = answers;
        this.around = around;
        lastJournaled = around.conflicts().lastNumber();
    }

    /**
     * Carries out an effect. A commit is durable on return.
     *
     * @param engine the one that decided it
     * @throws IOException if a commit failed
     */
    void carryOut(Effect effect, Engine engine) throws IOException {
        if (effect instanceof Effect.Commit commit) {
            commit(commit, engine);
        } else if (effect instanceof Effect.Broadcast broadcast) {
            around.speakers().says(broadcast.message());
            cluster.broadcast(MessageCodec.encode(broadcast.message()));
        } else if (effect instanceof Effect.Send send) {
            if (!isToPull(send.message()) || guard.storage().isWritable()) {
                cluster.send(send.to(), MessageCodec.encode(send.message()));
            }
        } else if (effect instanceof Effect.Acknowledge acknowledge) {
            answers.give(acknowledge);
        } else if (effect instanceof Effect.Belongs belongs) {
            answers.give(belongs);
        } else if (effect instanceof Effect.RetireAnswer answer) {
            answers.give(answer);
        } else if (effect instanceof Effect.Notify notify) {
            if (notify.changes().stream().anyMatch(change -> change.id().isInternal())) {
                around.book().read(store);
            }
            around.audience().committed();
        } else if (effect instanceof Effect.ReportConflicts) {
            reportConflicts(engine);
        } else if (effect instanceof Effect.ReportPeers) {
            around.names().note(engine.status().devices());
            around.audience().peersChanged();
        } else if (effect instanceof Effect.Alarm alarm) {
            LOG.error("{}", alarm.sentence());
            around.notices().alarm(alarm.sentence());
        } else if (effect instanceof Effect.AlarmOver over) {
            around.notices().alarmOver(over.sentence());
        } else if (effect instanceof Effect.Verified verified) {
            answers.give(verified);
        } else if (effect instanceof Effect.Notice notice) {
            around.notices().note(notice);
        }
    }

    private void commit(Effect.Commit commit, Engine engine) throws IOException {
        long beginNanos = System.nanoTime();
        boolean wasMissing = store.lostData();
        store.commit(around.history().recording(commit.changes(), System.currentTimeMillis()));
        if (wasMissing && isMakingGood(commit)) {
            LOG.info(
                    "What the damaged store had lost came back from {}.",
                    engine.status().fence().server());
        }
        if (commit.changes().entries().containsKey(Store.FENCE)) {
            fenceLog.note(engine.status());
        }
        around.meter().committed(System.nanoTime() - beginNanos);
    }

    /** Every way through the fence ends so, also where nothing was lost. */
    private static boolean isMakingGood(Effect.Commit commit) {
        Map<String, byte[]> entries = commit.changes().entries();
        return entries.containsKey(Store.LOST_DATA) && entries.get(Store.LOST_DATA) == null;
    }

    /** Whether a message asks for something that would have to be committed. */
    private static boolean isToPull(Message message) {
        return message instanceof Message.PageRequest || message instanceof Message.DocumentsRequest;
    }

    private void reportConflicts(Engine engine) {
        List<JournaledConflict> found = around.conflicts()
                .page(
                        ConflictFilter.ALL,
                        lastJournaled,
                        journalLimit,
                        engine.status().writers())
                .items();
        if (!found.isEmpty()) {
            lastJournaled = found.get(found.size() - 1).number();
            around.audience().conflictsFound(found);
        }
    }
}
