package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.ChangeSet.DocumentChange;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.Arrival;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What every {@link Store} must do. */
abstract class StoreContract extends EntriesContract {
    @Test
    void empty_holdsNothing() {
        assertEquals(Optional.empty(), store().document(id("contact/anna")));
        assertEquals(List.of(), store().collections());
        assertEquals(List.of(), store().arrivals(0, 10));
        assertEquals(0, store().lastArrival());
        assertEquals(Optional.empty(), store().entry("vector"));
        assertTrue(store().entries("").isEmpty());
        assertTrue(store().journal(0, 10).isEmpty());
        assertEquals(0, store().journalSize());
        assertEquals(1, store().firstJournalNumber());
        assertEquals(List.of(), idsOf("contact", ""));
    }

    @Test
    void commit_document_isReadBack() throws Exception {
        store().commit(documents(change("contact/anna", 1, 0, "Anna")));
        assertEquals("Anna", document("contact/anna"));
        store().commit(documents(change("contact/anna", 2, 1, "Anna Maria")));
        assertEquals("Anna Maria", document("contact/anna"));
        assertEquals(2, store().lastArrival());
    }

    @Test
    void commit_documentsOfEverySize_areReadBack() throws Exception {
        int[] sizes = {0, 1, 5, 6, 7, 8, 15, 16, 63, 64, 1_000, 65_000, 65_535, 65_536, 262_144, 1_500_000};
        long number = 0;
        for (int size : sizes) {
            store().commit(documents(change("file/" + size, ++number, 0, "x".repeat(size))));
        }
        for (int index = 0; index < sizes.length; index++) {
            assertEquals("x".repeat(sizes[index]), document("file/" + sizes[index]));
        }
        for (int index = sizes.length - 1; index >= 0; index--) {
            store().commit(documents(
                    change("file/" + sizes[sizes.length - 1 - index], ++number, index + 1, "y".repeat(sizes[index]))));
        }
        for (int index = 0; index < sizes.length; index++) {
            assertEquals("y".repeat(sizes[sizes.length - 1 - index]), document("file/" + sizes[index]));
        }
    }

    @Test
    void documents_areVisitedInOrderOfIds() throws Exception {
        List<DocumentChange> changes = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int index = 0; index < 1_000; index++) {
            ids.add("p" + (index * 7919 % 1_000));
            changes.add(change("sale/" + ids.get(index), 2 * index + 1, 0, "s" + index));
            changes.add(change("sale-old/" + ids.get(index), 2 * index + 2, 0, "o" + index));
        }
        store().commit(documents(changes.toArray(DocumentChange[]::new)));
        ids.sort(null);
        assertEquals(ids, idsOf("sale", ""));
        assertEquals(ids, idsOf("sale-old", ""));
        assertEquals(ids.subList(501, 1_000), idsOf("sale", ids.get(500)));
        assertEquals(ids, idsOf("sale", "o"));
        assertEquals(List.of(), idsOf("sale", "q"));
        assertEquals(List.of(), idsOf("sal", ""));
    }

    @Test
    void documents_visitorHasEnough_stops() throws Exception {
        store().commit(documents(change("a/1", 1, 0, ""), change("a/2", 2, 0, ""), change("a/3", 3, 0, "")));
        List<String> seen = new ArrayList<>();
        store().documents("a", "", document -> {
            seen.add(document.id().id());
            return seen.size() < 2;
        });
        assertEquals(List.of("1", "2"), seen);
    }

    @Test
    void documents_visitorCommits_goesOn() throws Exception {
        store().commit(documents(change("a/1", 1, 0, ""), change("a/2", 2, 0, "")));
        List<String> seen = new ArrayList<>();
        store().documents("a", "", document -> {
            seen.add(document.id().id());
            try {
                store().commit(documents(change("b/" + seen.size(), 2 + seen.size(), 0, "")));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            return true;
        });
        assertEquals(List.of("1", "2"), seen);
    }

    @Test
    void collections_areListedInOrder() throws Exception {
        store().commit(documents(
                change("shop.order/1", 1, 0, ""),
                change("shop/1", 2, 0, ""),
                change("shop-old/1", 3, 0, ""),
                change("shop/2", 4, 0, ""),
                change("Zebra/1", 5, 0, "")));
        assertEquals(List.of("Zebra", "shop", "shop-old", "shop.order"), store().collections());
    }

    @Test
    void arrivals_areInOrderAndComplete() throws Exception {
        long number = 0;
        Map<String, Long> newest = new HashMap<>();
        Random random = new Random(7);
        for (int commit = 0; commit < 200; commit++) {
            Map<String, DocumentChange> changes = new TreeMap<>();
            for (int index = random.nextInt(12); index >= 0; index--) {
                String name = "a/" + random.nextInt(400);
                if (!changes.containsKey(name)) {
                    number += 1 + random.nextInt(3);
                    changes.put(name, change(name, number, newest.getOrDefault(name, 0L), "v" + number));
                    newest.put(name, number);
                }
            }
            List<DocumentChange> ordered = new ArrayList<>(changes.values());
            ordered.sort((one, other) -> Long.compare(one.number(), other.number()));
            store().commit(documents(ordered.toArray(DocumentChange[]::new)));
        }
        assertEquals(number, store().lastArrival());
        for (int limit : new int[] {1, 7, 100_000}) {
            assertLiveArrivals(newest, limit);
        }
    }

    @Test
    void arrivals_commitOverManyChunks_areComplete() throws Exception {
        Map<String, Long> newest = new HashMap<>();
        List<DocumentChange> changes = new ArrayList<>();
        for (int number = 1; number <= 1_500; number++) {
            changes.add(change("a/" + number, number, 0, "v"));
            newest.put("a/" + number, (long) number);
        }
        store().commit(documents(changes.subList(0, 100).toArray(DocumentChange[]::new)));
        store().commit(documents(changes.subList(100, 1_500).toArray(DocumentChange[]::new)));
        assertLiveArrivals(newest, 100_000);
        assertLiveArrivals(newest, 10);
    }

    @Test
    void arrivals_documentMovesOn_oldEntriesDisappearInTheEnd() throws Exception {
        for (int number = 1; number <= 2_000; number += 4) {
            store().commit(documents(
                    change("a/0", number, Math.max(0, number - 4), "v" + number),
                    change("a/1", number + 1, Math.max(0, number - 3), "v" + number),
                    change("a/2", number + 2, Math.max(0, number - 2), "v" + number),
                    change("a/3", number + 3, Math.max(0, number - 1), "v" + number)));
        }
        List<Arrival> all = store().arrivals(0, 100_000);
        assertTrue(all.size() < 600, "kept " + all.size());
        assertEquals(2_000, all.get(all.size() - 1).number());
    }

    @Test
    void arrivals_manyDots_keepTheirContext() throws Exception {
        byte[] context = new byte[200_000];
        new Random(1).nextBytes(context);
        List<DocumentChange> changes = new ArrayList<>();
        for (int number = 1; number <= 300; number++) {
            byte[] own = number % 100 == 0 ? context : new byte[] {(byte) number};
            changes.add(new DocumentChange(id("a/" + number), number, 0, own, new byte[0]));
            if (number % 25 == 0) {
                store().commit(documents(changes.toArray(DocumentChange[]::new)));
                changes.clear();
            }
        }
        assertArrayEquals(context, store().arrivals(99, 1).get(0).context());
        assertArrayEquals(new byte[] {101}, store().arrivals(100, 1).get(0).context());
        assertArrayEquals(context, store().arrivals(299, 1).get(0).context());
    }

    @Test
    void amendment_replacesTheRecordAndKeepsPlaceAndContext() throws Exception {
        store().commit(documents(change("a/1", 1, 0, "one"), change("a/2", 2, 0, "two")));
        store().commit(amendments(new ChangeSet.Amendment(id("a/1"), 1, bytes("longer ".repeat(100)))));
        assertEquals("longer ".repeat(100), document("a/1"));
        assertEquals(2, store().lastArrival());
        List<Arrival> arrivals = store().arrivals(0, 10);
        assertEquals(List.of(1L, 2L), arrivals.stream().map(Arrival::number).toList());
        assertArrayEquals(bytes("context of a/1"), arrivals.get(0).context());
    }

    @Test
    void amendment_ofNoDocument_makesNone() throws Exception {
        store().commit(amendments(new ChangeSet.Amendment(id("a/1"), 1, bytes("one"))));
        assertEquals(Optional.empty(), store().document(id("a/1")));
        assertEquals(List.of(), store().collections());
    }

    @Test
    void removal_leavesNoTrace() throws Exception {
        Map<String, Long> newest = new HashMap<>();
        List<DocumentChange> changes = new ArrayList<>();
        for (int number = 1; number <= 700; number++) {
            changes.add(change("a/" + number, number, 0, "v"));
            newest.put("a/" + number, (long) number);
        }
        store().commit(documents(changes.toArray(DocumentChange[]::new)));
        store().commit(removals(newest, "a/700", "a/699", "a/5", "a/300"));
        assertEquals(Optional.empty(), store().document(id("a/700")));
        assertFalse(idsOf("a", "").contains("5"));
        assertLiveArrivals(newest, 100_000);
        assertEquals(700, store().lastArrival());
        store().commit(documents(change("a/5", 701, 0, "again")));
        newest.put("a/5", 701L);
        assertEquals("again", document("a/5"));
        assertLiveArrivals(newest, 7);
    }

    @Test
    void removal_ofTheLastDocument_takesTheCollectionAway() throws Exception {
        store().commit(documents(change("a/1", 1, 0, "one"), change("b/1", 2, 0, "two")));
        store().commit(removals(new HashMap<>(Map.of("b/1", 2L)), "b/1"));
        assertEquals(List.of("a"), store().collections());
    }

    @Test
    void changeAndRemovalInOneCommit_areBothMade() throws Exception {
        store().commit(documents(change("a/1", 1, 0, "one")));
        store().commit(new ChangeSet(
                List.of(change("a/2", 2, 0, "two")),
                List.of(),
                List.of(new ChangeSet.Removal(id("a/1"), 1)),
                Map.of(),
                List.of(),
                JOURNAL_LIMIT));
        assertEquals(List.of("2"), idsOf("a", ""));
        assertLiveArrivals(Map.of("a/2", 2L), 10);
    }

    @Test
    void arrivals_documentsComeAndGo_oldEntriesDisappearInTheEnd() throws Exception {
        Map<String, Long> newest = new HashMap<>();
        for (int number = 1; number <= 3_000; number++) {
            store().commit(documents(change("a/" + number, number, 0, "v")));
            newest.put("a/" + number, (long) number);
            if (number > 10) {
                store().commit(removals(newest, "a/" + (number - 10)));
            }
        }
        assertLiveArrivals(newest, 100);
        int kept = store().arrivals(0, 100_000).size();
        assertTrue(kept < 600, "kept " + kept);
    }

    @Test
    void commit_readersMeanwhile_neverSeeHalfOfIt() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        var readers = Executors.newFixedThreadPool(2);
        List<Future<?>> results = new ArrayList<>();
        for (int reader = 0; reader < 2; reader++) {
            results.add(readers.submit(() -> {
                while (!done.get()) {
                    Map<String, byte[]> seen = store().entries("twin/");
                    assertTrue(
                            seen.isEmpty() || Arrays.equals(seen.get("twin/a"), seen.get("twin/b")),
                            "half of a commit was seen");
                    store().document(id("a/1"));
                    store().arrivals(0, 10);
                }
            }));
        }
        try {
            for (int number = 1; number <= 200; number++) {
                byte[] value = bytes("value " + number + " ".repeat(number));
                store().commit(new ChangeSet(
                        List.of(change("a/" + number % 10, number, Math.max(0, number - 10), "v" + number)),
                        Map.of("twin/a", value, "twin/b", value),
                        List.of(),
                        JOURNAL_LIMIT));
            }
        } finally {
            done.set(true);
            readers.shutdown();
        }
        for (Future<?> result : results) {
            try {
                result.get();
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause());
            }
        }
    }

    @Test
    void closed_refusesEverything() throws Exception {
        store().close();
        assertThrows(IllegalStateException.class, () -> store().document(id("a/1")));
        assertThrows(IllegalStateException.class, () -> store().arrivals(0, 1));
        assertThrows(IllegalStateException.class, () -> store().entries(""));
        assertThrows(IllegalStateException.class, () -> store().commit(entries(Map.of())));
        store().close();
    }

    private void assertLiveArrivals(Map<String, Long> newest, int limit) {
        Set<String> found = new HashSet<>();
        long after = 0;
        List<Arrival> page = store().arrivals(after, limit);
        while (!page.isEmpty()) {
            assertTrue(page.size() <= limit);
            for (Arrival arrival : page) {
                assertTrue(arrival.number() > after);
                after = arrival.number();
                if (newest.getOrDefault(arrival.id().toString(), 0L) == after) {
                    assertTrue(found.add(arrival.id().toString()));
                    assertArrayEquals(bytes("context of " + arrival.id()), arrival.context());
                }
            }
            page = store().arrivals(after, limit);
        }
        assertEquals(newest.keySet(), found);
    }

    private String document(String name) {
        return new String(store().document(id(name)).orElseThrow(), StandardCharsets.UTF_8);
    }

    private List<String> idsOf(String collection, String afterId) {
        List<String> ids = new ArrayList<>();
        store().documents(collection, afterId, document -> {
            assertEquals(collection, document.id().collection());
            assertFalse(ids.contains(document.id().id()) && ids.size() < 50);
            return ids.add(document.id().id());
        });
        return ids;
    }

    static DocumentChange change(String name, long number, long previousNumber, String record) {
        return new DocumentChange(id(name), number, previousNumber, bytes("context of " + name), bytes(record));
    }

    static ChangeSet documents(DocumentChange... changes) {
        return new ChangeSet(List.of(changes), Map.of(), List.of(), JOURNAL_LIMIT);
    }

    static ChangeSet amendments(ChangeSet.Amendment... amendments) {
        return new ChangeSet(List.of(), List.of(amendments), List.of(), Map.of(), List.of(), JOURNAL_LIMIT);
    }

    /** Takes these out of {@code newest}, which says where they stand. */
    static ChangeSet removals(Map<String, Long> newest, String... names) {
        List<ChangeSet.Removal> removals = new ArrayList<>();
        for (String name : names) {
            removals.add(new ChangeSet.Removal(id(name), newest.remove(name)));
        }
        return new ChangeSet(List.of(), List.of(), removals, Map.of(), List.of(), JOURNAL_LIMIT);
    }
}
