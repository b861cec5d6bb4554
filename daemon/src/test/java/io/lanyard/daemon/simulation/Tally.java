package io.lanyard.daemon.simulation;

import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.Stamp;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What registers inside fields make of counters and sets: worked out plainly, and without the code under test. */
final class Tally {
    private static final Pattern PLACE = Pattern.compile("(.+)/\\$(count|add|remove|noted)/(.+)");
    private static final Pattern SAID = Pattern.compile("\\[\"([=+])([0-9a-f]{16})([0-9a-f]{16})\",(.*)]");

    private Tally() {}

    /** A register inside a field. */
    record Inside(
            FieldPath field,
            String kind,
            String name,
            boolean isOnValue,
            Stamp since,
            String content,
            Stamp stamp,
            String text) {

        /** Returns what a register says; {@code null} if it is a field's own, or a tombstone. */
        static Inside of(FieldPath path, Register register) {
            Matcher place = PLACE.matcher(path.pointer());
            if (!place.matches() || register.value() == null) {
                return null;
            }
            Matcher said = SAID.matcher(register.value());
            if (!said.matches()) {
                throw new Violation("a register inside a field says " + register.value());
            }
            Stamp since = new Stamp(Long.parseUnsignedLong(said.group(2), 16), ReplicaId.parse(said.group(3)));
            return new Inside(
                    new FieldPath(place.group(1)),
                    place.group(2),
                    place.group(3),
                    said.group(1).equals("="),
                    since,
                    said.group(4),
                    register.stamp(),
                    register.value());
        }
    }

    static boolean isInside(FieldPath path) {
        return PLACE.matcher(path.pointer()).matches();
    }

    /** Returns the registers that count, by field. */
    static Map<FieldPath, List<Inside>> counting(Map<FieldPath, Register> fields, List<Stamp> floors) {
        Map<FieldPath, List<Inside>> counting = new TreeMap<>();
        fields.forEach((path, register) -> {
            Inside inside = Inside.of(path, register);
            if (inside != null && !inside.kind().equals("noted") && counts(inside, fields, floors)) {
                counting.computeIfAbsent(inside.field(), absent -> new ArrayList<>())
                        .add(inside);
            }
        });
        return counting;
    }

    private static boolean counts(Inside inside, Map<FieldPath, Register> fields, List<Stamp> floors) {
        Register plain = fields.get(inside.field());
        boolean stands = plain != null && plain.value() != null && isAbove(floors, plain.stamp());
        if (!isAbove(floors, inside.stamp())) {
            return false;
        }
        if (inside.isOnValue()) {
            return stands && plain.stamp().equals(inside.since());
        }
        return !stands
                && isAbove(floors, inside.since())
                && (plain == null || Expectation.compare(plain.stamp(), inside.since()) <= 0);
    }

    private static boolean isAbove(List<Stamp> floors, Stamp stamp) {
        return floors.stream().allMatch(floor -> floor == null || Expectation.compare(stamp, floor) > 0);
    }

    /** Returns what a field shows that would show {@code plain} by itself ({@code null}: nothing). */
    static String shown(String plain, List<Inside> counting) {
        if (counting.stream().anyMatch(inside -> inside.kind().equals("count"))) {
            BigDecimal sum = plain == null ? BigDecimal.ZERO : new BigDecimal(plain);
            for (Inside inside : counting) {
                sum = inside.kind().equals("count") ? sum.add(new BigDecimal(inside.content())) : sum;
            }
            return sum.toPlainString();
        }
        List<String> members = new ArrayList<>();
        if (plain != null && plain.length() > 2) {
            members.addAll(List.of(plain.substring(1, plain.length() - 1).split(",")));
        }
        Set<String> added = new LinkedHashSet<>();
        counting.stream()
                .sorted(Comparator.comparing(Inside::stamp, Expectation::compare)
                        .thenComparing(Inside::text)
                        .thenComparing(inside -> inside.kind() + "/" + inside.name()))
                .forEach(inside -> {
                    if (inside.kind().equals("add")) {
                        added.add(inside.content());
                    } else {
                        members.remove(inside.content());
                    }
                });
        added.removeAll(members);
        members.addAll(added);
        return "[" + String.join(",", members) + "]";
    }
}
