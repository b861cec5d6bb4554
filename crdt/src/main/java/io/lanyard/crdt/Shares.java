package io.lanyard.crdt;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** What can be done with the counters and sets of a document beyond showing and merging them. */
public final class Shares {

    private Shares() {}

    /**
     * Returns what comes of a step, without doing it.
     *
     * @param before what the field shows, {@code null} if nothing
     * @param own whose step it is, {@code null} if it never wrote anything
     */
    public static Step.Result tried(Document document, FieldPath path, String before, Step step, ReplicaId own) {
        Step.Result result = step.applyTo(before);
        Composition held = new Composition(document);
        Map<FieldPath, Register> shares = held.live.get(path);
        BigDecimal by =
                step.increment() == null ? null : Amount.read(step.increment()).orElse(null);
        if (before == null
                || shares == null
                || by == null
                || by.signum() == 0
                || result.refusal() == Step.Refusal.NOT_A_NUMBER) {
            return result;
        }
        // What is shown may be rounded.
        BigDecimal sum = Composition.total(held.plain.get(path), shares).add(by);
        FieldPath slot = path.inside(Share.Kind.COUNT, String.valueOf(own));
        Register counted = shares.get(slot);
        boolean isWithin = counted == null
                || Amount.exactText(Share.of(slot, counted).amount().add(by)).isPresent();
        return Amount.exactText(sum)
                .filter(text -> isWithin)
                .map(text -> new Step.Result(text, null))
                .orElse(new Step.Result(null, Step.Refusal.OUT_OF_RANGE));
    }

    /**
     * Returns the target for {@link Document#fragmentShowing} by which {@code present} shows what {@code merged} does.
     * Where both have the same plain value under a counter or set, just what was counted, added and removed is written,
     * in the registers where it stood: whoever brings that too does not count it twice, and what others still count from
     * the same value stays good.
     */
    public static SortedMap<FieldPath, String> targetLike(Document present, Document merged) {
        NavigableMap<FieldPath, String> shown = merged.leaves();
        TreeMap<FieldPath, String> target = new TreeMap<>(shown);
        NavigableMap<FieldPath, String> here = present.leaves();
        Composition mine = new Composition(present);
        Composition theirs = new Composition(merged);
        merged.fields.forEach((path, register) -> {
            FieldPath leaf = path.leaf();
            boolean isPart = path.isInternal() && (!register.isPresent() || theirs.isLive(path));
            boolean isShadowed = theirs.leaves.containsKey(leaf) && !shown.containsKey(leaf);
            if (isPart && !isShadowed && isSame(mine.plain.get(leaf), theirs.plain.get(leaf))) {
                target.remove(leaf);
                if (here.containsKey(leaf)) {
                    target.put(leaf, here.get(leaf));
                }
                Register held = present.fields.get(path);
                String heldValue = held == null ? null : held.value();
                if (register.isPresent() ? !register.value().equals(heldValue) : heldValue != null) {
                    target.put(path, register.value());
                }
            }
        });
        return target;
    }

    /**
     * Returns how a journal names what a register of {@link Document#shownParts} said: the value of a field, or the
     * {@link Step} that it was.
     */
    public static String told(FieldPath path, Register register) {
        Share share = Share.of(path, register);
        if (share == null) {
            return register.value();
        }
        return switch (share.kind()) {
            case COUNT, NOTED -> Step.counting(share.content()).text();
            case ADD -> Step.changing(List.of(share.content()), List.of()).text();
            case REMOVE -> Step.changing(List.of(), List.of(share.content())).text();
        };
    }

    private static boolean isSame(Register mine, Register theirs) {
        return mine == null || theirs == null ? mine == theirs : mine.stamp().equals(theirs.stamp());
    }
}
