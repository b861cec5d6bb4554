package io.lanyard.crdt;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns what a document is to show into the fragment that makes it so. */
final class FragmentWriter {

    private final Document document;
    private final Document fragment;
    private final long time;
    private final Dot dot;
    private final Register tombstone;
    private final Composition held;
    private final NavigableMap<FieldPath, Register> shown;

    FragmentWriter(Document document, Document fragment, long time, Dot dot) {
        this.document = document;
        this.fragment = fragment;
        this.time = time;
        this.dot = dot;
        tombstone = new Register(time, dot, null);
        held = new Composition(document);
        shown = document.isVisible() ? Rendering.shown(held.leaves) : new TreeMap<>();
    }

    /** Writes the fields that differ; see {@link Document#fragmentShowing}. */
    void show(SortedMap<FieldPath, String> target) {
        for (FieldPath path : shown.keySet()) {
            if (!target.containsKey(path)) {
                write(path, null);
            }
        }
        target.forEach((path, value) -> {
            Register before = shown.get(path);
            if (path.isInternal()) {
                makeRoom(path.leaf());
                put(path, writtenAnew(path, value));
            } else if (Step.isStep(value)) {
                step(path, Step.parse(value));
            } else if (before == null || !before.value().equals(value)) {
                write(path, value);
            }
        });
        if (document.isVisible()) {
            buryShadowed();
        }
    }

    private void put(FieldPath path, String value) {
        fragment.fields.put(path, new Register(time, dot, value));
    }

    /** What builds upon nothing begins anew, or a removal that is forgotten here would make it void elsewhere. */
    private String writtenAnew(FieldPath path, String value) {
        Share share = Share.of(path, new Register(time, dot, value));
        return share == null || share.isOnValue()
                ? value
                : Share.on(null, new Stamp(time, dot.replica()), share.leaf(), share.kind(), share.content())
                        .text();
    }

    private void write(FieldPath path, String value) {
        makeRoom(path);
        noteCounts(path);
        put(path, value);
    }

    /** Removes what stands above and below a field that is written, visible or not. */
    private void makeRoom(FieldPath path) {
        for (FieldPath ancestor = path.parent(); ancestor != null; ancestor = ancestor.parent()) {
            if (document.holds(ancestor)) {
                fragment.fields.put(ancestor, tombstone);
                noteCounts(ancestor);
            }
        }
        for (FieldPath below :
                document.fields.subMap(path.firstBelow(), path.endBelow()).keySet()) {
            FieldPath leaf = below.leaf();
            if (!leaf.equals(path)) {
                fragment.fields.putIfAbsent(leaf, tombstone);
                noteCounts(leaf);
            }
        }
    }

    /** Notes how far a counter was known that ends here, so that just the rest is lost of whoever counts on meanwhile. */
    private void noteCounts(FieldPath leaf) {
        held.live.getOrDefault(leaf, new TreeMap<>()).forEach((path, register) -> {
            if (path.kind() == Share.Kind.COUNT) {
                put(Share.notedPath(path), register.value());
            }
        });
    }

    /** Does the same for a document that ends here. */
    void noteAllCounts() {
        held.live.keySet().forEach(this::noteCounts);
    }

    private void step(FieldPath path, Step step) {
        makeRoom(path);
        boolean isShown = shown.containsKey(path);
        if (!isShown && held.leaves.containsKey(path)) {
            write(path, null);
        }
        Register base = isShown ? held.plain.get(path) : null;
        Map<FieldPath, Register> shares = isShown ? held.live.getOrDefault(path, new TreeMap<>()) : Map.of();
        if (step.increment() != null) {
            count(path, base, shares, step);
        } else {
            change(path, base, shares, step);
        }
    }

    private void count(FieldPath path, Register base, Map<FieldPath, Register> shares, Step step) {
        BigDecimal by = Amount.read(step.increment()).orElseThrow();
        FieldPath slot = path.inside(Share.Kind.COUNT, dot.replica().toString());
        Share share = Share.on(base, new Stamp(time, dot.replica()), path, Share.Kind.COUNT, Amount.text(by));
        if (shares.containsKey(slot)) {
            Share own = Share.of(slot, shares.get(slot));
            share = own.saying(Amount.text(own.amount().add(by)));
        }
        put(slot, share.text());
    }

    private void change(FieldPath path, Register base, Map<FieldPath, Register> shares, Step step) {
        Stamp now = new Stamp(time, dot.replica());
        List<String> plain = base == null ? List.of() : Elements.split(base.value());
        for (String element : step.removed()) {
            if (plain.contains(element)) {
                Share share = Share.on(base, now, path, Share.Kind.REMOVE, element);
                put(share.path(Elements.key(element)), share.text());
            }
            shares.forEach((tag, register) -> {
                Share share = Share.of(tag, register);
                if (share.kind() == Share.Kind.ADD && share.content().equals(element)) {
                    put(tag, null);
                }
            });
        }
        List<String> present =
                shown.containsKey(path) ? Elements.split(shown.get(path).value()) : List.of();
        for (String element : step.added()) {
            if (!present.contains(element) || step.removed().contains(element)) {
                Share share = Share.on(base, now, path, Share.Kind.ADD, element);
                put(share.path(Elements.key(element) + "." + dot.replica() + "." + dot.sequence()), share.text());
            }
        }
    }

    /** Removes what would come back because what shadowed it is gone. */
    private void buryShadowed() {
        TreeMap<FieldPath, Register> shadowed = new TreeMap<>(held.leaves);
        shadowed.keySet().removeAll(shown.keySet());
        if (shadowed.isEmpty()) {
            return;
        }
        shadowed.keySet().removeAll(fragment.fields.keySet());
        Deque<FieldPath> gone = new ArrayDeque<>();
        fragment.fields.keySet().forEach(path -> gone.add(path.leaf()));
        while (!gone.isEmpty()) {
            for (FieldPath freed : Rendering.clashing(shadowed, gone.poll())) {
                shadowed.remove(freed);
                fragment.fields.put(freed, tombstone);
                noteCounts(freed);
                gone.add(freed);
            }
        }
    }
}
