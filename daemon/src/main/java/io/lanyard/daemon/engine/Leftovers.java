package io.lanyard.daemon.engine;

import io.lanyard.crdt.Conflict;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.HybridClock.ClockExhaustedException;
import io.lanyard.crdt.MergeResult;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Shares;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.LiveWrite;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * Documents from before the fence, as far as the server lacked something of them: writes that nobody else may have.
 *
 * <p>Each is compared with the present document as a merge would do it, and what a merge would show is written anew; what
 * would lose goes into the conflict journal. A document that is not there now but was known elsewhere was deleted, and
 * stays so.
 */
final class Leftovers {

    private static final int AT_ONCE = 64;

    private final ReplicaState state;
    private final LocalWriter writer;

    Leftovers(ReplicaState state, LocalWriter writer) {
        this.state = state;
        this.writer = writer;
    }

    /** What to do with a write that the server lacked. */
    enum Treatment {
        /** This device wrote it, or one that does not count or lost it: nobody else brings it. */
        REISSUE,
        /** Another device wrote it that is not here now: it brings it when it comes, but who knows when. */
        JOURNAL,
        /** Another device wrote it that is here, and brings it itself. */
        LEAVE
    }

    /**
     * Returns true if the server still has something that this replica had seen, and had removed so long ago that it
     * forgot: alone, it knew of nobody who had it.
     */
    static boolean isForgotten(Document own, Document server, VersionVector ownVector) {
        return server.isVisible()
                && (own.isEmpty()
                        ? !server.hasRegisterBeyond(ownVector)
                        : own.isVisible() && !removed(server, own, ownVector).isEmpty());
    }

    /** Returns the fields that are shown, were seen before the fence, and were not there any more. */
    private static Set<FieldPath> removed(Document shown, Document old, VersionVector own) {
        Set<FieldPath> removed = new HashSet<>();
        if (old.isVisible()) {
            shown.shown().forEach((path, register) -> {
                if (own.covers(register.dot()) && !old.holds(path)) {
                    removed.add(path);
                }
            });
        }
        return removed;
    }

    /** Tells who wrote something. */
    interface Authors {

        /** Returns what to do with this write. */
        Treatment treatment(Dot dot);
    }

    /**
     * Works off a bounded number of documents.
     *
     * @param broadcasts where live writes for the peers are added
     * @return false if there are no more
     */
    boolean reissueSome(FenceRecord record, Authors authors, long wallMillis, Collection<LiveWrite> broadcasts) {
        SortedMap<String, byte[]> some = state.store().entries(EntryNames.LEFTOVER, "", AT_ONCE);
        for (Map.Entry<String, byte[]> entry : some.entrySet()) {
            DocumentId id = DocumentId.parse(entry.getKey().substring(EntryNames.LEFTOVER.length()));
            new Leftover(id, StoredDocument.decode(entry.getValue()), record, authors, wallMillis).settle(broadcasts);
            state.putEntry(entry.getKey(), null);
        }
        return !some.isEmpty();
    }

    private final class Leftover {
        private final DocumentId id;
        private final StoredDocument stored;
        private final Document old;
        private final VersionVector server;
        private final VersionVector own;
        private final Authors authors;
        private final long wallMillis;

        Leftover(DocumentId id, StoredDocument stored, FenceRecord record, Authors authors, long wallMillis) {
            this.id = id;
            this.stored = stored;
            this.old = stored.document();
            this.server = record.server().vector();
            this.own = record.own().vector();
            this.authors = authors;
            this.wallMillis = wallMillis;
        }

        void settle(Collection<LiveWrite> broadcasts) {
            Document present = state.document(id);
            journalOthers(present);
            // Of a damaged store nothing counts as seen but what the document itself shows.
            Document mine = old.without(this::isOfOthers, own.isEmpty() ? old.seen() : own);
            if (present.newestLifeDot() == null) {
                settleAbsent(mine, broadcasts);
                return;
            }
            // A program may have written since the switch, without having seen what was kept aside.
            VersionVector seenThere = server.copy();
            seenThere.join(present.context());
            Document merged = present.without(none -> false, seenThere);
            MergeResult result = merged.merge(mine, server);
            state.journal(id, result.conflicts(), Stood.of(merged), wallMillis);
            present.markAll(result.conflicts().stream()
                    .map(Conflict::loser)
                    .filter(loser -> !isMine(loser))
                    .toList());
            if (hasForgotten(present)) {
                write(present, null, broadcasts);
            } else if (merged.isVisible()) {
                SortedMap<FieldPath, String> target =
                        present.isVisible() ? Shares.targetLike(present, merged) : mine.leaves();
                Set<FieldPath> removed = removed(present, old, own);
                target.keySet().removeIf(path -> removed.contains(path.leaf()));
                if (!present.isVisible() || !target.equals(present.leaves())) {
                    write(present, target, broadcasts);
                }
            } else if (present.isVisible()) {
                write(present, null, broadcasts);
            }
        }

        /** Returns true if this device had seen all of what is there now, and had deleted it so long ago that it forgot. */
        private boolean hasForgotten(Document present) {
            return present.isVisible() && old.isEmpty() && !present.hasRegisterBeyond(own);
        }

        private void settleAbsent(Document mine, Collection<LiveWrite> broadcasts) {
            boolean isWhollyOwn =
                    stored.born().filter(born -> !server.covers(born)).isPresent()
                            && old.fields().values().stream().noneMatch(register -> server.covers(register.dot()));
            if (isWhollyOwn && mine.isVisible()) {
                write(new Document(), mine.leaves(), broadcasts);
            } else if (!isWhollyOwn) {
                mine.shownParts().forEach((path, register) -> {
                    if (isMine(register.dot())) {
                        journal(path, register, null);
                    }
                });
            }
        }

        private void write(Document present, SortedMap<FieldPath, String> target, Collection<LiveWrite> broadcasts) {
            try {
                writer.rewrite(id, present, target, wallMillis).ifPresent(broadcasts::add);
            } catch (ClockExhaustedException e) {
                old.shownParts().forEach((path, register) -> journal(path, register, null));
            }
        }

        /** Whoever wrote it brings it; until then people find it here. */
        private void journalOthers(Document present) {
            Map<FieldPath, Register> shown = present.shownParts();
            old.shownParts().forEach((path, register) -> {
                boolean isFar =
                        !server.covers(register.dot()) && authors.treatment(register.dot()) == Treatment.JOURNAL;
                Register there = shown.get(path);
                if (isFar && (there == null || !register.value().equals(there.value()))) {
                    journal(path, register, present.newestLifeDot());
                }
            });
        }

        private void journal(FieldPath path, Register lost, Dot winner) {
            Conflict conflict = new Conflict(path.leaf(), Shares.told(path, lost), lost.time(), lost.dot(), winner);
            Stood stood = state.document(id).isVisible() ? Stood.NOTHING : new Stood(old.newestTime(), old.leaves());
            state.journal(id, List.of(conflict), stood, wallMillis);
        }

        private boolean isMine(Dot dot) {
            return !server.covers(dot) && authors.treatment(dot) == Treatment.REISSUE;
        }

        private boolean isOfOthers(Dot dot) {
            return !server.covers(dot) && authors.treatment(dot) != Treatment.REISSUE;
        }
    }
}
