package io.lanyard.daemon.api.list;

import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.OrderKey;
import io.lanyard.daemon.node.DocumentView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order of a list: by the {@link OrderKey}s of some fields, and among equals by id, which goes the way of the last
 * field. Without fields it is the order of ids. Always total, so that a document has one place.
 *
 * @param terms the fields
 */
public record ListOrder(List<Term> terms) implements Comparator<ListOrder.Mark> {

    private static final int MAX_TERMS = 4;

    /** Makes the list unmodifiable. */
    public ListOrder {
        terms = List.copyOf(terms);
    }

    /** A field, and which way it goes. */
    record Term(FieldPath path, boolean isDescending) {}

    /** A place in the order. */
    record Mark(List<String> keys, String id) {}

    /**
     * Reads paths with commas between them, each with {@code -} before it if it descends.
     *
     * @throws ProblemException {@code invalid_value} if it is not that
     */
    public static ListOrder parse(List<String> texts) {
        List<Term> terms = new ArrayList<>();
        for (String text : texts) {
            for (String part : text.split(",", -1)) {
                boolean isDescending = part.startsWith("-");
                String path = isDescending ? part.substring(1) : part;
                if (path.isBlank() || terms.size() == MAX_TERMS) {
                    throw Code.INVALID_VALUE.exception(
                            "'" + Texts.shortened(text) + "' is no order",
                            "write 1 to " + MAX_TERMS + " paths, such as -amount,address.city");
                }
                terms.add(new Term(Condition.pathOf(path), isDescending));
            }
        }
        return new ListOrder(terms);
    }

    /** Returns whether it is that of ids. */
    boolean isOfIds() {
        return terms.isEmpty();
    }

    /** Returns the place of a document. */
    Mark markOf(DocumentView view) {
        List<String> keys = new ArrayList<>(terms.size());
        for (Term term : terms) {
            keys.add(OrderKey.of(view.leaves(), term.path()));
        }
        return new Mark(keys, view.id().id());
    }

    @Override
    public int compare(Mark left, Mark right) {
        for (int i = 0; i < terms.size(); i++) {
            int order = left.keys().get(i).compareTo(right.keys().get(i));
            if (order != 0) {
                return terms.get(i).isDescending() ? -order : order;
            }
        }
        int order = left.id().compareTo(right.id());
        return !terms.isEmpty() && terms.get(terms.size() - 1).isDescending() ? -order : order;
    }
}
