package io.lanyard.crdt;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the registers of a document make of its fields, before those that clash are sorted out: a field shows its plain
 * value, plus what was counted from it, with what was added to and removed from it.
 *
 * <p>Counters are sums of one register for each replica (a PN-counter), sets are observed-remove sets: each addition has
 * a name of its own, and a removal takes away just those that it has seen (Shapiro, Preguiça, Baquero, Zawirski, "A
 * comprehensive study of convergent and commutative replicated data types", 2011). What differs: all of it counts only
 * for as long as the plain value stands that it builds upon, so that people can still say how many there are.
 *
 * <p>A share on nothing is void once the field got a plain value, and if that began before somebody removed the field.
 */
final class Composition {

    /** The plain values, above the floor. */
    final TreeMap<FieldPath, Register> plain = new TreeMap<>();
    /** The registers inside each field that count. */
    final TreeMap<FieldPath, TreeMap<FieldPath, Register>> live = new TreeMap<>();
    /** What each field would show if nothing clashed. */
    final TreeMap<FieldPath, Register> leaves;

    private final Document document;

    Composition(Document document) {
        this.document = document;
        boolean hasShares = false;
        for (Map.Entry<FieldPath, Register> entry : document.fields.entrySet()) {
            if (entry.getKey().isInternal()) {
                hasShares = true;
            } else if (entry.getValue().isPresent() && document.isAboveFloor(entry.getValue())) {
                plain.put(entry.getKey(), entry.getValue());
            }
        }
        if (hasShares) {
            document.fields.forEach((path, register) -> {
                if (path.isInternal() && isLive(path, register, false)) {
                    live.computeIfAbsent(path.leaf(), absent -> new TreeMap<>()).put(path, register);
                }
            });
        }
        live.values().forEach(Composition::letCountersPrevail);
        leaves = live.isEmpty() ? plain : composed();
    }

    /** Returns true if the register inside a field counts for something. */
    boolean isLive(FieldPath path) {
        TreeMap<FieldPath, Register> shares = live.get(path.leaf());
        return shares != null && shares.containsKey(path);
    }

    /**
     * Returns the registers that make up what is shown.
     *
     * @param shown the fields that are
     */
    NavigableMap<FieldPath, Register> parts(NavigableMap<FieldPath, Register> shown) {
        if (live.isEmpty()) {
            return shown;
        }
        TreeMap<FieldPath, Register> parts = new TreeMap<>();
        shown.keySet().forEach(path -> {
            if (plain.containsKey(path)) {
                parts.put(path, plain.get(path));
            }
            parts.putAll(live.getOrDefault(path, new TreeMap<>()));
        });
        return parts;
    }

    /** Returns the same of a fragment, which may hold shares without what they build upon. */
    NavigableMap<FieldPath, Register> partsOfFragment(NavigableMap<FieldPath, Register> shown) {
        TreeMap<FieldPath, Register> parts = new TreeMap<>(parts(shown));
        document.fields.forEach((path, register) -> {
            if (path.isInternal() && !document.fields.containsKey(path.leaf()) && isLive(path, register, true)) {
                parts.put(path, register);
            }
        });
        return parts;
    }

    private boolean isLive(FieldPath path, Register register, boolean isFragment) {
        Share share = Share.of(path, register);
        if (share == null || !document.isAboveFloor(register)) {
            return false;
        }
        Register standing = plain.get(share.leaf());
        if (share.isOnValue()) {
            return standing == null
                    ? isFragment
                    : standing.stamp().equals(share.since()) && share.fits(standing.value());
        }
        Register held = document.fields.get(share.leaf());
        return standing == null
                && share.fits(null)
                && (held == null || !held.stamp().isNewerThan(share.since()))
                && (document.floor == null || share.since().isNewerThan(document.floor.stamp()));
    }

    /** Of a field that was nothing, one may have made a counter and another one a set. */
    private static void letCountersPrevail(TreeMap<FieldPath, Register> shares) {
        if (shares.keySet().stream().anyMatch(path -> path.kind() == Share.Kind.COUNT)) {
            shares.keySet().removeIf(path -> path.kind() != Share.Kind.COUNT);
        }
    }

    private TreeMap<FieldPath, Register> composed() {
        TreeMap<FieldPath, Register> composed = new TreeMap<>(plain);
        live.forEach((leaf, shares) -> {
            Register base = plain.get(leaf);
            Register newest = base;
            for (Register share : shares.values()) {
                newest = share.beats(newest) ? share : newest;
            }
            boolean isCounter = shares.firstKey().kind() == Share.Kind.COUNT;
            String value = isCounter ? sum(base, shares) : members(base, shares);
            composed.put(leaf, new Register(newest.time(), newest.dot(), value));
        });
        return composed;
    }

    private static String sum(Register base, TreeMap<FieldPath, Register> shares) {
        return Amount.text(total(base, shares));
    }

    /** Returns the exact sum of a plain value, or of nothing, and what was counted from it. */
    static BigDecimal total(Register base, Map<FieldPath, Register> shares) {
        BigDecimal total =
                base == null ? BigDecimal.ZERO : Amount.read(base.value()).orElse(BigDecimal.ZERO);
        for (Map.Entry<FieldPath, Register> share : shares.entrySet()) {
            total = total.add(Share.of(share.getKey(), share.getValue()).amount());
        }
        return total;
    }

    /** Elements of the plain value in their order, then those that were added, in that order. */
    private static String members(Register base, TreeMap<FieldPath, Register> shares) {
        List<String> members = new ArrayList<>(base == null ? List.of() : Elements.split(base.value()));
        List<Map.Entry<FieldPath, Register>> inOrder = new ArrayList<>(shares.entrySet());
        inOrder.sort(Map.Entry.<FieldPath, Register>comparingByValue(Register.WINNING_ORDER)
                .thenComparing(Map.Entry.comparingByKey()));
        Set<String> removed = new LinkedHashSet<>();
        Set<String> added = new LinkedHashSet<>();
        for (Map.Entry<FieldPath, Register> entry : inOrder) {
            Share share = Share.of(entry.getKey(), entry.getValue());
            (share.kind() == Share.Kind.REMOVE ? removed : added).add(share.content());
        }
        members.removeAll(removed);
        added.removeAll(members);
        members.addAll(added);
        return Elements.join(members);
    }
}
