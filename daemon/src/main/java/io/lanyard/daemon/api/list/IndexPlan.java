package io.lanyard.daemon.api.list;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.list.Condition.Operator;
import io.lanyard.daemon.api.list.ListOrder.Mark;
import io.lanyard.daemon.engine.IndexReader;
import io.lanyard.daemon.engine.IndexReader.Entry;
import io.lanyard.daemon.engine.OrderKey;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeSet;

/**
 * A way to a page over an index, by what is likely to read least:
 *
 * <ol>
 *   <li>the documents with one of few values ({@code =}, {@code in}), which the index has in the order of ids for each
 *       value; if another order is wanted, they are sorted;
 *   <li>the stretch of the index over the field that orders the list, one way or the other;
 *   <li>the stretch between two values: the index gives the ids, of which the first are read.
 * </ol>
 */
abstract class IndexPlan {

    /** How many ids are sorted at once, and how often before all documents are looked at instead. */
    private static final int IDS_AT_ONCE = 2_000;

    private static final int MAX_PASSES = 2;

    final Node node;
    final ListQuery query;
    private final IndexReader index;
    private final FieldPath path;

    private IndexPlan(Node node, ListQuery query, IndexReader index, FieldPath path) {
        this.node = node;
        this.query = query;
        this.index = index;
        this.path = path;
    }

    /** Returns a plan for a query, if there is an index for it. */
    static Optional<IndexPlan> find(Node node, ListQuery query) {
        List<FieldPath> declared = node.settings().of(query.collection()).indexes();
        if (declared.isEmpty()) {
            return Optional.empty();
        }
        for (Condition condition : query.filter().conditions()) {
            boolean isOfFewValues = condition.operator() == Operator.EQUAL || condition.operator() == Operator.IN;
            if (isOfFewValues && declared.contains(condition.path())) {
                Optional<IndexReader> index = node.index(query.collection(), condition.path());
                if (index.isPresent()) {
                    return index.map(found -> new FewValues(node, query, found, condition));
                }
            }
        }
        if (query.order().terms().size() == 1) {
            ListOrder.Term term = query.order().terms().get(0);
            return node.index(query.collection(), term.path()).map(found -> new Ordered(node, query, found, term));
        }
        for (Condition condition : query.filter().conditions()) {
            boolean narrows = !KeyRange.of(query.filter(), condition.path()).isEverything();
            if (narrows && query.order().isOfIds() && declared.contains(condition.path())) {
                return node.index(query.collection(), condition.path())
                        .map(found -> new Stretch(node, query, found, condition.path()));
            }
        }
        return Optional.empty();
    }

    /** Fills the page. What it has in the end counts only if {@link #isStillGood}. */
    abstract void fill(ListPage page);

    /** Returns whether the index was complete all the time. */
    boolean isStillGood() {
        return index.isStillGood();
    }

    /** Returns the document of an entry, if it is still there under that key. */
    final Optional<DocumentView> read(Entry entry, ListPage page) {
        return DocumentList.find(node, query.collection(), entry.id(), page)
                .filter(view -> OrderKey.of(view.leaves(), path).equals(entry.key()));
    }

    /** Offers the documents of all entries; returns whether there may be room for another. */
    final boolean offerAll(IndexWalk walk, ListPage page) {
        while (walk.hasNext()) {
            Entry entry = walk.next();
            boolean isWanted = entry.id().startsWith(query.prefix());
            if (isWanted && !read(entry, page).map(page::offer).orElse(true)) {
                return false;
            }
        }
        return true;
    }

    final IndexWalk walk(KeyRange range, boolean isBackwards) {
        return new IndexWalk(index, range, isBackwards);
    }

    /** The documents with one of some values. */
    private static final class FewValues extends IndexPlan {
        private final Condition condition;

        FewValues(Node node, ListQuery query, IndexReader index, Condition condition) {
            super(node, query, index, condition.path());
            this.condition = condition;
        }

        @Override
        void fill(ListPage page) {
            if (query.order().isOfIds()) {
                inOrderOfIds(page);
                return;
            }
            List<ListOrder.Term> terms = query.order().terms();
            if (terms.size() == 1 && terms.get(0).path().equals(condition.path())) {
                inOrderOfValues(page, terms.get(0).isDescending());
                return;
            }
            DocumentList.FirstOnes first = new DocumentList.FirstOnes(query, page);
            for (String key : KeyRange.keys(condition.values())) {
                IndexWalk walk = walk(KeyRange.ofKey(key), false);
                while (walk.hasNext()) {
                    Entry entry = walk.next();
                    if (entry.id().startsWith(query.prefix())) {
                        read(entry, page).ifPresent(first::offer);
                    }
                }
            }
            first.fill(page, node);
        }

        private void inOrderOfValues(ListPage page, boolean isDescending) {
            TreeSet<String> keys = KeyRange.keys(condition.values());
            for (String key : isDescending ? keys.descendingSet() : keys) {
                KeyRange range = KeyRange.ofKey(key).behind(query, isDescending);
                if (!offerAll(walk(range, isDescending), page)) {
                    return;
                }
            }
        }

        private void inOrderOfIds(ListPage page) {
            String after = query.after().map(Mark::id).orElse("");
            PriorityQueue<Ahead> streams = new PriorityQueue<>(Comparator.comparing(ahead -> ahead.entry.id()));
            for (String key : KeyRange.keys(condition.values())) {
                KeyRange range = KeyRange.ofKey(key);
                Ahead.of(walk(new KeyRange(key + after, range.to()), false)).ifPresent(streams::add);
            }
            while (!streams.isEmpty()) {
                Ahead first = streams.remove();
                boolean isWanted = first.entry.id().startsWith(query.prefix());
                if (isWanted && !read(first.entry, page).map(page::offer).orElse(true)) {
                    return;
                }
                Ahead.of(first.walk).ifPresent(streams::add);
            }
        }
    }

    /** An entry that was taken from a walk. */
    private record Ahead(IndexWalk walk, Entry entry) {
        static Optional<Ahead> of(IndexWalk walk) {
            return walk.hasNext() ? Optional.of(new Ahead(walk, walk.next())) : Optional.empty();
        }
    }

    /** The index in its own order. */
    private static final class Ordered extends IndexPlan {
        private final ListOrder.Term term;

        Ordered(Node node, ListQuery query, IndexReader index, ListOrder.Term term) {
            super(node, query, index, term.path());
            this.term = term;
        }

        @Override
        void fill(ListPage page) {
            KeyRange range = KeyRange.of(query.filter(), term.path()).behind(query, term.isDescending());
            offerAll(walk(range, term.isDescending()), page);
        }
    }

    /** The ids between two values, in their own order. */
    private static final class Stretch extends IndexPlan {
        private final KeyRange range;

        Stretch(Node node, ListQuery query, IndexReader index, FieldPath path) {
            super(node, query, index, path);
            range = KeyRange.of(query.filter(), path);
        }

        @Override
        void fill(ListPage page) {
            String after = query.after().map(Mark::id).orElse("");
            for (int pass = 0; pass < MAX_PASSES; pass++) {
                List<Entry> entries = firstAfter(after);
                for (Entry entry : entries) {
                    if (!read(entry, page).map(page::offer).orElse(true)) {
                        return;
                    }
                    after = entry.id();
                }
                if (entries.size() < IDS_AT_ONCE) {
                    return;
                }
            }
            DocumentList.visit(node, query, after, page, page::offer);
        }

        private List<Entry> firstAfter(String after) {
            TreeSet<Entry> first = new TreeSet<>(Comparator.comparing(Entry::id).thenComparing(Entry::key));
            IndexWalk walk = walk(range, false);
            while (walk.hasNext()) {
                Entry entry = walk.next();
                if (entry.id().compareTo(after) > 0 && entry.id().startsWith(query.prefix())) {
                    first.add(entry);
                    if (first.size() > IDS_AT_ONCE) {
                        first.pollLast();
                    }
                }
            }
            return new ArrayList<>(first);
        }
    }
}
