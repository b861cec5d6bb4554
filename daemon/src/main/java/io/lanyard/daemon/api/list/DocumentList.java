package io.lanyard.daemon.api.list;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.list.ListOrder.Mark;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.node.DocumentView;
import io.lanyard.daemon.node.Node;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Answers a query for a page of documents: over an index if there is one for it, else by looking at every document.
 *
 * <p>Both give the same. Memory is bounded by the page: of documents that have to be sorted only the places of the first
 * ones are kept, and those documents are read again; one that changed in between may be left out, since it changed.
 */
public final class DocumentList {

    private final Node node;
    private final ListQuery query;

    /** Makes the answer to {@code query} from the documents of {@code node}, which {@link #text} reads. */
    public DocumentList(Node node, ListQuery query) {
        this.node = node;
        this.query = query;
    }

    /** Returns the page as JSON text. */
    public String text() {
        return overIndex().orElseGet(this::overAll);
    }

    private Optional<String> overIndex() {
        try {
            Optional<IndexPlan> plan = IndexPlan.find(node, query);
            if (plan.isEmpty()) {
                return Optional.empty();
            }
            ListPage page = new ListPage(query);
            plan.get().fill(page);
            return plan.get().isStillGood() ? Optional.of(page.text()) : Optional.empty();
        } catch (Store.DamagedException e) {
            return Optional.empty(); // of the index itself: the documents tell the same, only slower
        }
    }

    private String overAll() {
        ListPage page = new ListPage(query);
        if (query.order().isOfIds()) {
            visit(node, query, query.after().map(Mark::id).orElse(""), page, page::offer);
        } else {
            FirstOnes first = new FirstOnes(query, page);
            visit(node, query, "", page, view -> {
                first.offer(view);
                return true;
            });
            first.fill(page, node);
        }
        return page.text();
    }

    /** Visits the documents behind an id that have the prefix of the query, in the order of ids. */
    static void visit(Node node, ListQuery query, String afterId, ListPage page, Predicate<DocumentView> visitor) {
        String prefix = query.prefix();
        String after = afterId;
        boolean[] goesOn = {true};
        if (!prefix.isEmpty() && after.compareTo(prefix) < 0) {
            after = prefix;
            goesOn[0] = find(node, query.collection(), prefix, page)
                    .map(visitor::test)
                    .orElse(true);
        }
        if (goesOn[0]) {
            node.visit(query.collection(), after, view -> view.id().id().startsWith(prefix) && visitor.test(view))
                    .forEach(page::passOver);
        }
    }

    /** Returns a document, if it is there and not damaged. */
    static Optional<DocumentView> find(Node node, String collection, String id, ListPage page) {
        try {
            return node.find(new DocumentId(collection, id));
        } catch (DocumentId.IllegalNameException e) {
            return Optional.empty();
        } catch (Store.DamagedException e) {
            page.passOver(e.document().orElseThrow(() -> e));
            return Optional.empty();
        }
    }

    /** The places of the first documents of the page and one more, whatever the order in which they come. */
    static final class FirstOnes {
        private final ListQuery query;
        private final ListPage page;
        private final TreeSet<Mark> marks;

        FirstOnes(ListQuery query, ListPage page) {
            this.query = query;
            this.page = page;
            marks = new TreeSet<>(query.order());
        }

        /** Takes a document if it is wanted and among the first. */
        void offer(DocumentView view) {
            Mark mark = query.order().markOf(view);
            boolean isAmongFirst =
                    marks.size() <= query.limit() || query.order().compare(mark, marks.last()) < 0;
            if (isAmongFirst && page.wants(view, mark)) {
                marks.add(mark);
                if (marks.size() > query.limit() + 1) {
                    marks.pollLast();
                }
            }
        }

        /** Puts them on the page. */
        void fill(ListPage filled, Node node) {
            List<Mark> first = List.copyOf(marks);
            Mark last = null;
            for (Mark mark : first) {
                if (filled.isFull() || last != null && first.indexOf(mark) == query.limit()) {
                    filled.endAt(last);
                    return;
                }
                find(node, query.collection(), mark.id(), filled)
                        .filter(view -> query.order().markOf(view).equals(mark))
                        .ifPresent(filled::offer);
                last = mark;
            }
        }
    }
}
