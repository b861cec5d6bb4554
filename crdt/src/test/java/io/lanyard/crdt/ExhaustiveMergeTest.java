package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.NOTHING_HELD;
import static io.lanyard.crdt.TestReplica.leaves;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Three replicas, four operations, every order of delivery with every fragment delivered to every replica 0, 1 or 2
 * times, then one full exchange.
 *
 * <p>When a fragment arrives matters only before the receiver's next operation or at the end, so that is where all
 * orders are tried. Documents are interned and merges remembered; marks are taken off, since they may differ.
 */
class ExhaustiveMergeTest {

    private static final int OPERATIONS = 4;

    /** How far the replicas' clocks are from each other: the same, and the earlier writers ahead. */
    private static final long[][] WALL_CLOCKS = {{0, 0, 0}, {2, 1, 0}};

    private long scripts;
    private long deliveries;
    private long outcomes;

    private enum Kind {
        PUT,
        PATCH,
        PATCH_BELOW,
        REMOVE,
        REMOVE_BELOW,
        DELETE
    }

    @Test
    void merge_everyOrderOfDelivery_showsWhatTheSpecificationSays() {
        long start = System.nanoTime();
        for (long[] wallClocks : WALL_CLOCKS) {
            for (int[] writers : writerPatterns()) {
                forEachScript(new Kind[OPERATIONS], 0, kinds -> {
                    scripts++;
                    new Script(wallClocks, writers, kinds).play();
                });
            }
        }
        System.out.printf(
                "exhaustive merge: %,d scripts, %,d deliveries, %,d full exchanges, %.1f s%n",
                scripts, deliveries, outcomes, (System.nanoTime() - start) / 1e9);
        assertEquals(WALL_CLOCKS.length * 14 * 216, scripts);
    }

    /** Who writes the first, second … operation, up to renaming: the clocks tell the replicas apart. */
    private static List<int[]> writerPatterns() {
        List<int[]> patterns = new ArrayList<>();
        for (int second = 0; second <= 1; second++) {
            for (int third = 0; third <= Math.min(2, second + 1); third++) {
                int most = Math.max(second, third);
                for (int fourth = 0; fourth <= Math.min(2, most + 1); fourth++) {
                    patterns.add(new int[] {0, second, third, fourth});
                }
            }
        }
        return patterns;
    }

    private static void forEachScript(Kind[] kinds, int at, Consumer<Kind[]> visitor) {
        if (at == OPERATIONS) {
            visitor.accept(kinds.clone());
            return;
        }
        for (Kind kind : Kind.values()) {
            // On a document that nobody has, all but the first do nothing.
            if (at > 0 || kind == Kind.PUT) {
                kinds[at] = kind;
                forEachScript(kinds, at + 1, visitor);
            }
        }
    }

    /** A replica's document (by its number) and the writes that were merged into it. */
    private record Held(int document, long mask) {}

    private record Reachable(Set<Held> ends, long deliveries) {}

    private record Message(int writer, int fragment, long mask) {}

    private final class Script {
        private final long[] wallClocks;
        private final int[] writers;
        private final Kind[] kinds;
        private final List<Document> documents = new ArrayList<>();
        private final Map<ByteBuffer, Integer> numbers = new HashMap<>();
        private final List<int[]> merges = new ArrayList<>();
        private final Map<List<Object>, Reachable> reached = new HashMap<>();
        private final List<NaiveHistory> histories = new ArrayList<>();
        private final Map<List<WriteOf>, Integer> historyNumbers = new HashMap<>();
        private final List<BitSet> shownRight = new ArrayList<>();

        Script(long[] wallClocks, int[] writers, Kind[] kinds) {
            this.wallClocks = wallClocks;
            this.writers = writers;
            this.kinds = kinds;
        }

        void play() {
            Held nothing = new Held(number(new Document()), 0);
            operate(0, new Held[] {nothing, nothing, nothing}, List.of(), List.of());
        }

        private void operate(int at, Held[] replicas, List<Message> messages, List<WriteOf> writes) {
            int history = historyNumber(writes);
            if (at == OPERATIONS) {
                exchange(replicas, messages, history);
                return;
            }
            int writer = writers[at];
            for (Held before : reachable(writer, replicas[writer], messages, history)) {
                Document document = documents.get(before.document()).copy();
                SortedMap<FieldPath, String> target = target(kinds[at], at, document);
                boolean isDelete = kinds[at] == Kind.DELETE;
                Held[] next = replicas.clone();
                next[writer] = before;
                if (target == null && !(isDelete && document.isVisible())) {
                    operate(at + 1, next, messages, writes);
                    continue;
                }
                // All that this replica's clock has issued or taken over is in its one document.
                long time =
                        new HybridClock(0).next(TestReplica.NOON_MILLIS + wallClocks[writer], document.newestTime());
                Dot dot = new Dot(new ReplicaId(writer), at + 1L);
                Document fragment =
                        isDelete ? document.fragmentDeleting(time, dot) : document.fragmentShowing(target, time, dot);
                document.merge(fragment, NOTHING_HELD);
                long mask = 1L << writes.size();
                next[writer] = new Held(number(document), before.mask() | mask);
                operate(
                        at + 1,
                        next,
                        with(messages, new Message(writer, number(fragment), mask)),
                        with(writes, new WriteOf(new Stamp(time, dot.replica()), before.mask(), target)));
            }
        }

        /** Returns what a replica can hold after deliveries in any order, each 0, 1 or 2 times. */
        private Set<Held> reachable(int replica, Held start, List<Message> messages, int history) {
            List<Message> foreign = messages.stream()
                    .filter(message -> message.writer() != replica)
                    .toList();
            Reachable reachable = reached.computeIfAbsent(List.of(start, foreign), key -> {
                long before = deliveries;
                int[] byMask = new int[1 << OPERATIONS];
                Arrays.fill(byMask, -1);
                deliver(start, foreign, new int[foreign.size()], byMask);
                Set<Held> ends = new HashSet<>();
                for (int mask = 0; mask < byMask.length; mask++) {
                    if (byMask[mask] >= 0) {
                        ends.add(new Held(byMask[mask], mask));
                    }
                }
                long made = deliveries - before;
                deliveries = before;
                return new Reachable(ends, made);
            });
            deliveries += reachable.deliveries();
            reachable.ends().forEach(end -> checkShown(end.document(), end.mask(), history));
            return reachable.ends();
        }

        private void deliver(Held held, List<Message> foreign, int[] times, int[] byMask) {
            int other = byMask[(int) held.mask()];
            byMask[(int) held.mask()] = held.document();
            if (other >= 0 && other != held.document()) {
                throw new AssertionError(describe() + ": the order of delivery matters: " + documents.get(other)
                        + " or " + documents.get(held.document()));
            }
            for (int i = 0; i < foreign.size(); i++) {
                if (times[i] < 2) {
                    times[i]++;
                    deliveries++;
                    int merged = merge(held.document(), foreign.get(i).fragment());
                    deliver(new Held(merged, held.mask() | foreign.get(i).mask()), foreign, times, byMask);
                    times[i]--;
                }
            }
        }

        private void exchange(Held[] replicas, List<Message> messages, int history) {
            List<Set<Held>> ends = new ArrayList<>();
            for (int replica = 0; replica < replicas.length; replica++) {
                ends.add(reachable(replica, replicas[replica], messages, history));
            }
            long all = (1L << messages.size()) - 1;
            for (Held a : ends.get(0)) {
                for (Held b : ends.get(1)) {
                    for (Held c : ends.get(2)) {
                        outcomes++;
                        int first = merge(merge(a.document(), b.document()), c.document());
                        int second = merge(merge(b.document(), c.document()), a.document());
                        int third = merge(merge(c.document(), b.document()), a.document());
                        if (first != second || second != third) {
                            throw new AssertionError(describe() + ": replicas differ after a full exchange: "
                                    + documents.get(first) + ", " + documents.get(second) + ", "
                                    + documents.get(third));
                        }
                        checkShown(first, all, history);
                    }
                }
            }
        }

        private void checkShown(int document, long mask, int history) {
            int question = document << OPERATIONS | (int) mask;
            if (!shownRight.get(history).get(question)) {
                shownRight.get(history).set(question);
                NaiveHistory specification = histories.get(history);
                assertEquals(
                        specification.shown(mask),
                        documents.get(document).leaves(),
                        () -> describe() + ", writes " + Long.toBinaryString(mask) + ": " + documents.get(document));
                assertEquals(
                        specification.isVisible(mask), documents.get(document).isVisible(), this::describe);
            }
        }

        private int historyNumber(List<WriteOf> writes) {
            return historyNumbers.computeIfAbsent(writes, key -> {
                NaiveHistory specification = new NaiveHistory();
                writes.forEach(write -> specification.add(write.stamp(), write.seen(), write.target()));
                histories.add(specification);
                shownRight.add(new BitSet());
                return histories.size() - 1;
            });
        }

        private int merge(int document, int incoming) {
            int[] known = merges.get(document);
            if (incoming >= known.length) {
                known = Arrays.copyOf(known, Math.max(documents.size(), incoming + 1));
                merges.set(document, known);
            }
            if (known[incoming] == 0) {
                Document merged = documents.get(document).copy();
                merged.merge(documents.get(incoming), NOTHING_HELD);
                known[incoming] = number(merged) + 1;
            }
            return known[incoming] - 1;
        }

        private int number(Document document) {
            document.marks.clear();
            ByteBuffer key = ByteBuffer.wrap(DocumentCodec.encode(document));
            Integer known = numbers.get(key);
            if (known == null) {
                known = documents.size();
                documents.add(document);
                merges.add(new int[0]);
                numbers.put(key, known);
            }
            return known;
        }

        private String describe() {
            return "clocks " + Arrays.toString(wallClocks) + ", writers " + Arrays.toString(writers) + ", "
                    + Arrays.toString(kinds);
        }
    }

    /** An operation that wrote something; {@code target} is null for a delete. */
    private record WriteOf(Stamp stamp, long seen, SortedMap<FieldPath, String> target) {}

    private static SortedMap<FieldPath, String> target(Kind kind, int at, Document document) {
        String value = String.valueOf(at);
        SortedMap<FieldPath, String> patch = switch (kind) {
            case PUT -> leaves("/a", value, "/c", value);
            case PATCH -> leaves("/a", value);
            case PATCH_BELOW -> leaves("/a/b", value);
            case REMOVE -> leaves("/a", "null");
            case REMOVE_BELOW -> leaves("/a/b", "null");
            case DELETE -> null;
        };
        if (kind == Kind.PUT || patch == null) {
            return patch;
        }
        if (!document.isVisible()) {
            return null;
        }
        SortedMap<FieldPath, String> target = MergePatch.apply(document.leaves(), patch);
        return target.equals(document.leaves()) ? null : target;
    }

    private static <T> List<T> with(List<T> list, T last) {
        List<T> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    @Test
    void writerPatterns_upToRenaming_areFourteen() {
        assertEquals(14, writerPatterns().size());
        assertTrue(writerPatterns().stream().allMatch(pattern -> pattern[0] == 0));
    }
}
