package io.lanyard.crdt;

import static io.lanyard.crdt.TestReplica.NOTHING_HELD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Counters and sets over random histories, against what each write did, counted up one by one: no sums of replicas, no
 * registers.
 */
class CounterLawsTest {

    /** More with {@code -Dcrdt.counterSeeds=3000}. */
    private static final int SEEDS = Integer.getInteger("crdt.counterSeeds", 300);

    private static final DocumentId ID = new DocumentId("c", "d");
    private static final FieldPath N = FieldPath.of("n");
    private static final FieldPath S = FieldPath.of("s");
    private static final String[] NUMBERS = {"1", "-1", "0.05", "12.10", "1E2", "-3e-2"};
    private static final String[] ELEMENTS = {"\"a\"", "\"b\"", "1", "{\"k\":[1]}"};

    private int superseded;

    @Test
    void histories_atEveryStep_showEveryStepThatCounts() {
        Seeds.check(SEEDS, random -> new History(random).run(30));
        System.out.printf("counters: %,d steps ended unseen, and each is in a journal%n", superseded);
        assertTrue(Seeds.isSingle() || superseded > SEEDS / 2);
    }

    @Test
    void merge_inAnyOrder_isTheSame() {
        Seeds.check(SEEDS, random -> {
            History history = new History(random);
            history.run(20);
            List<Document> documents = new ArrayList<>();
            history.replicas.forEach(replica -> documents.add(replica.document));
            documents.addAll(history.fragments);
            Document inOrder = mergedAll(documents);
            Collections.shuffle(documents, new Random(random.nextLong()));
            Document other = mergedAll(documents);
            Document nested = documents.get(0).copy();
            nested.merge(mergedAll(documents.subList(1, documents.size())), NOTHING_HELD);

            for (Document merged : List.of(other, nested)) {
                assertTrue(merged.hasSameRegisters(inOrder));
                assertEquals(inOrder.leaves(), merged.leaves());
                assertEquals(inOrder.visibleHash(ID), merged.visibleHash(ID));
            }
            Document twice = inOrder.copy();
            assertTrue(!twice.merge(inOrder, NOTHING_HELD).changed());
            assertEquals(inOrder, DocumentCodec.decode(DocumentCodec.encode(inOrder)));
        });
    }

    private static Document mergedAll(List<Document> documents) {
        Document merged = new Document();
        documents.forEach(document -> merged.merge(document, NOTHING_HELD));
        return merged;
    }

    private enum Kind {
        VALUE,
        COUNT,
        ADD,
        REMOVE,
        DELETE
    }

    /**
     * What a write did to one field, or to the whole document if that is {@code null}.
     *
     * @param base the write whose value it builds upon; {@code null} if the field had none
     * @param began when counting from nothing began, where it did
     * @param floor of a creation the delete that it replaced knowingly
     */
    private record Act(
            int number,
            Stamp stamp,
            Set<Integer> seen,
            FieldPath field,
            Kind kind,
            String value,
            Act base,
            Stamp began,
            Stamp floor) {}

    private final class History {
        final List<TestReplica> replicas = new ArrayList<>();
        final List<Document> fragments = new ArrayList<>();
        private final List<Set<Integer>> held = new ArrayList<>();
        private final List<Act> acts = new ArrayList<>();
        private final List<Dot> dots = new ArrayList<>();
        private final List<Set<Integer>> seenBy = new ArrayList<>();
        private final List<Conflict> journal = new ArrayList<>();
        private final SplittableRandom random;

        History(SplittableRandom random) {
            this.random = random;
            for (int i = 2 + random.nextInt(3); i > 0; i--) {
                TestReplica replica = new TestReplica(i);
                replica.wallMillis += random.nextInt(3) == 0 ? random.nextInt(200) - 100 : 0;
                replicas.add(replica);
                held.add(new HashSet<>());
            }
            write(0, TestReplica.leaves("/x", "1", "/n", "10"));
            if (random.nextBoolean()) {
                for (int i = 1; i < replicas.size(); i++) {
                    take(i, fragments.get(0), held.get(0));
                }
            }
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                int at = random.nextInt(replicas.size());
                replicas.get(at).wallMillis += random.nextInt(2);
                if (random.nextInt(5) < 2) {
                    act(at);
                } else {
                    receive(at);
                }
                check(at);
            }
            for (int round = 0; round < 2; round++) {
                for (int at = 0; at < replicas.size(); at++) {
                    for (int from = 0; from < replicas.size(); from++) {
                        take(at, replicas.get(from).document.copy(), held.get(from));
                        check(at);
                    }
                }
            }
            requireJournaled();
        }

        private void check(int at) {
            TestReplica replica = replicas.get(at);
            assertEquals(expected(held.get(at)), new TreeMap<>(replica.shown()), () -> replica.document.toString());
            if (random.nextInt(4) == 0) {
                collect(replica);
            }
        }

        /** Drops what all have, if nobody else has anything that was written without knowing of it. */
        private void collect(TestReplica replica) {
            if (replicas.stream().anyMatch(other -> !replica.document.context().covers(other.document.context()))) {
                return;
            }
            VersionVector level = replicas.get(0).document.context().copy();
            for (TestReplica other : replicas) {
                VersionVector least = new VersionVector();
                level.forEach((id, sequence) -> least.raise(
                        id, Math.min(sequence, other.document.context().get(id))));
                level = least;
            }
            Hash before = replica.document.visibleHash(ID);
            SortedMap<FieldPath, String> shown = replica.shown();
            replica.document.dropGarbage(level, Long.MAX_VALUE);
            assertEquals(shown, replica.shown());
            assertEquals(before, replica.document.visibleHash(ID));
        }

        private void act(int at) {
            TestReplica replica = replicas.get(at);
            if (!replica.document.isVisible()) {
                write(at, TestReplica.leaves("/x", "1", random.nextBoolean() ? "/n" : "/y", number()));
                return;
            }
            TreeMap<FieldPath, String> target = new TreeMap<>(replica.shown());
            String shownNumber = target.get(N);
            String shownSet = target.get(S);
            switch (random.nextInt(12)) {
                case 0 -> target.remove(N);
                case 1 -> target.put(N, number());
                case 2 -> target.put(S, random.nextBoolean() ? "[]" : "[\"a\",1]");
                case 3 -> target.remove(S);
                case 4 -> target = null;
                case 5, 6, 7, 8 -> target.put(N, Step.counting(number()).text());
                default -> {
                    Step step = random.nextBoolean()
                            ? Step.changing(List.of(element()), List.of())
                            : Step.changing(List.of(), List.of(element()));
                    if (Objects.equals(step.applyTo(shownSet).value(), shownSet)) {
                        return;
                    }
                    target.put(S, step.text());
                }
            }
            if (target == null || !target.equals(replica.shown())) {
                write(at, target);
            }
            if (target != null && Step.isStep(target.get(N))) {
                assertEquals(
                        Step.parse(target.get(N)).applyTo(shownNumber).value(),
                        replica.shown().get(N));
            }
        }

        private String number() {
            return NUMBERS[random.nextInt(NUMBERS.length)];
        }

        private String element() {
            return ELEMENTS[random.nextInt(ELEMENTS.length)];
        }

        private void write(int at, SortedMap<FieldPath, String> target) {
            TestReplica replica = replicas.get(at);
            Set<Integer> seen = Set.copyOf(held.get(at));
            SortedMap<FieldPath, String> before = new TreeMap<>(replica.shown());
            boolean wasVisible = replica.document.isVisible();
            Document fragment = target == null ? replica.delete() : replica.show(target);
            fragments.add(fragment);
            dots.add(replica.lastDot());
            seenBy.add(seen);
            int number = fragments.size() - 1;
            held.get(at).add(number);
            Stamp stamp =
                    target == null ? fragment.died().stamp() : fragment.alive().stamp();
            if (target == null) {
                acts.add(new Act(number, stamp, seen, null, Kind.DELETE, null, null, null, null));
                return;
            }
            Stamp floor = wasVisible ? null : newestDelete(seen);
            acts.add(new Act(number, stamp, seen, null, Kind.VALUE, null, null, null, floor));
            Set<FieldPath> fields = new HashSet<>(before.keySet());
            fields.addAll(target.keySet());
            for (FieldPath field : fields) {
                String value = target.get(field);
                if (Step.isStep(value)) {
                    Act base = wasVisible ? valueOf(field, seen) : null;
                    base = base == null || base.value() == null ? null : base;
                    note(number, stamp, seen, field, Step.parse(value), base, replica.id, before.get(field));
                } else if (!Objects.equals(value, before.get(field))) {
                    acts.add(new Act(number, stamp, seen, field, Kind.VALUE, value, null, null, null));
                }
            }
        }

        private void note(
                int number,
                Stamp stamp,
                Set<Integer> seen,
                FieldPath field,
                Step step,
                Act base,
                ReplicaId own,
                String shown) {
            if (step.increment() != null) {
                Stamp began = acts.stream()
                        .filter(act -> seen.contains(act.number()) && act.kind() == Kind.COUNT && act.base() == null)
                        .filter(act -> act.stamp().replica().equals(own) && counts(act, seen))
                        .map(Act::began)
                        .findFirst()
                        .orElse(stamp);
                acts.add(new Act(number, stamp, seen, field, Kind.COUNT, step.increment(), base, began, null));
            }
            step.added()
                    .forEach(element ->
                            acts.add(new Act(number, stamp, seen, field, Kind.ADD, element, base, stamp, null)));
            step.removed()
                    .forEach(element ->
                            acts.add(new Act(number, stamp, seen, field, Kind.REMOVE, element, base, stamp, null)));
        }

        /** Returns the newest plain value, or removal, that is not under the floor; null if there is none. */
        private Act valueOf(FieldPath field, Set<Integer> known) {
            Stamp floor = floor(known);
            return acts.stream()
                    .filter(act -> known.contains(act.number()) && field.equals(act.field()))
                    .filter(act -> act.kind() == Kind.VALUE)
                    .filter(act -> floor == null || act.stamp().compareTo(floor) > 0)
                    .max(Comparator.comparing(Act::stamp))
                    .orElse(null);
        }

        private Stamp floor(Set<Integer> known) {
            return acts.stream()
                    .filter(act -> known.contains(act.number()) && act.floor() != null)
                    .map(Act::floor)
                    .max(Comparator.naturalOrder())
                    .orElse(null);
        }

        private Stamp newestDelete(Set<Integer> known) {
            return acts.stream()
                    .filter(act -> known.contains(act.number()) && act.kind() == Kind.DELETE)
                    .map(Act::stamp)
                    .max(Comparator.naturalOrder())
                    .orElse(null);
        }

        private boolean counts(Act act, Set<Integer> known) {
            Act value = valueOf(act.field(), known);
            Stamp floor = floor(known);
            if (floor != null && act.stamp().compareTo(floor) <= 0) {
                return false;
            }
            if (act.kind() == Kind.COUNT && isGivenUp(act, known)) {
                return false;
            }
            if (act.base() != null) {
                return act.base().equals(value);
            }
            return (value == null || value.value() == null && value.stamp().compareTo(act.began()) <= 0)
                    && (floor == null || act.began().compareTo(floor) > 0);
        }

        /** Whoever learns that what they counted from does not stand, counts from something else from then on. */
        private boolean isGivenUp(Act act, Set<Integer> known) {
            return acts.stream()
                    .anyMatch(other -> known.contains(other.number())
                            && other.kind() == Kind.COUNT
                            && other.stamp().replica().equals(act.stamp().replica())
                            && other.stamp().compareTo(act.stamp()) > 0
                            && !(Objects.equals(other.base(), act.base())
                                    && (act.base() != null || other.began().equals(act.began()))));
        }

        private SortedMap<FieldPath, String> expected(Set<Integer> known) {
            TreeMap<FieldPath, String> expected = new TreeMap<>();
            Stamp died = newestDelete(known);
            Stamp alive = acts.stream()
                    .filter(act -> known.contains(act.number()) && act.kind() == Kind.VALUE && act.field() == null)
                    .map(Act::stamp)
                    .max(Comparator.naturalOrder())
                    .orElse(null);
            if (alive == null || died != null && died.compareTo(alive) > 0) {
                return expected;
            }
            for (FieldPath field : List.of(N, S, FieldPath.of("x"), FieldPath.of("y"))) {
                Act value = valueOf(field, known);
                String shown = value == null ? null : value.value();
                List<Act> steps = acts.stream()
                        .filter(act -> known.contains(act.number()) && field.equals(act.field()))
                        .filter(act -> act.kind() != Kind.VALUE && counts(act, known))
                        .sorted(Comparator.comparing(Act::stamp))
                        .toList();
                if (field.equals(S)) {
                    shown = set(shown, steps);
                } else if (!steps.isEmpty()) {
                    BigDecimal sum = new BigDecimal(shown == null ? "0" : shown);
                    for (Act step : steps) {
                        sum = sum.add(new BigDecimal(step.value()));
                    }
                    shown = sum.toPlainString();
                }
                if (shown != null) {
                    expected.put(field, shown);
                }
            }
            return expected;
        }

        /** An element is there if somebody added it and nobody removed it who knew; or by the value, until removed. */
        private String set(String plain, List<Act> steps) {
            if (steps.isEmpty()) {
                return plain;
            }
            TreeSet<String> removed = new TreeSet<>();
            List<String> members = new ArrayList<>();
            boolean isAnythingThere = plain != null;
            for (Act step : steps) {
                if (step.kind() == Kind.REMOVE) {
                    removed.add(step.value());
                }
            }
            if (plain != null && plain.length() > 2) {
                for (String element : plain.substring(1, plain.length() - 1).split(",")) {
                    if (!removed.contains(element)) {
                        members.add(element);
                    }
                }
            }
            for (Act step : steps) {
                boolean isRemoved = steps.stream()
                        .anyMatch(other -> other.kind() == Kind.REMOVE
                                && other.value().equals(step.value())
                                && other.seen().contains(step.number()));
                if (step.kind() == Kind.ADD && !isRemoved) {
                    isAnythingThere = true;
                    if (!members.contains(step.value())) {
                        members.add(step.value());
                    }
                }
            }
            return isAnythingThere ? "[" + String.join(",", members) + "]" : null;
        }

        private void receive(int at) {
            if (random.nextBoolean()) {
                int from = random.nextInt(replicas.size());
                take(at, replicas.get(from).document.copy(), held.get(from));
                return;
            }
            // Live writes are merged in causal order.
            for (int number = 0; number < fragments.size(); number++) {
                if (!held.get(at).contains(number) && held.get(at).containsAll(seenBy.get(number))) {
                    take(at, fragments.get(number), Set.of(number));
                    return;
                }
            }
        }

        private void take(int at, Document incoming, Set<Integer> brings) {
            journal.addAll(replicas.get(at)
                    .document
                    .merge(incoming, replicas.get(at).document.context().copy())
                    .conflicts());
            replicas.get(at).clock.observe(incoming.newestTime(), replicas.get(at).wallMillis);
            held.get(at).addAll(brings);
        }

        /** Whatever was counted and counts no more, and was ended by nobody who knew of it, is in a journal. */
        private void requireJournaled() {
            Set<Integer> all = held.get(0);
            for (Act act : acts) {
                if (act.kind() != Kind.COUNT
                        || counts(act, all) && !expected(all).isEmpty()) {
                    continue;
                }
                // What was counted up and down again is not missed by anybody.
                BigDecimal unseen = acts.stream()
                        .filter(other -> other.kind() == Kind.COUNT && isSameCount(act, other))
                        .filter(other -> !isEndedKnowingly(other))
                        .map(other -> new BigDecimal(other.value()))
                        .reduce(BigDecimal.ZERO, BigDecimal::add);
                if (!isEndedKnowingly(act) && unseen.signum() != 0) {
                    superseded++;
                    ReplicaId replica = dots.get(act.number()).replica();
                    assertTrue(
                            journal.stream()
                                    .anyMatch(conflict -> N.equals(conflict.path())
                                            && Step.isStep(conflict.lostValue())
                                            && conflict.loser().replica().equals(replica)),
                            () -> act + " is lost without a word: " + journal);
                }
            }
        }

        private boolean isEndedKnowingly(Act act) {
            return acts.stream()
                    .anyMatch(other -> other.seen().contains(act.number())
                            && (other.kind() == Kind.DELETE
                                    || other.kind() == Kind.VALUE && N.equals(other.field())
                                    || other.floor() != null));
        }

        private static boolean isSameCount(Act act, Act other) {
            return other.stamp().replica().equals(act.stamp().replica())
                    && Objects.equals(other.base(), act.base())
                    && (act.base() != null || act.began().equals(other.began()));
        }
    }
}
