package io.lanyard.daemon.mutants;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A deliberate bug: what is replaced in a source file, or in some, and the test that has to notice.
 *
 * @param name what is wrong with it, in words
 * @param test a test class, or {@code class#method}
 * @param replacements for each source file, from the top of the project: text that occurs exactly once, and what stands
 *     there instead
 */
record Mutant(String name, String test, Map<Path, Map<String, String>> replacements) {

    private static final String BEGIN = "<<<<";
    private static final String MIDDLE = "====";
    private static final String END = ">>>>";

    /** The source files that the bug is in. */
    Set<Path> files() {
        return replacements.keySet();
    }

    /**
     * Returns the source of this file with the bug in it.
     *
     * @throws IllegalStateException if a text to be replaced does not occur exactly once
     */
    String apply(Path file, String source) {
        String changed = source;
        for (Map.Entry<String, String> replacement : replacements.get(file).entrySet()) {
            int at = changed.indexOf(replacement.getKey());
            if (at < 0 || changed.indexOf(replacement.getKey(), at + 1) >= 0) {
                throw new IllegalStateException(
                        "'" + name + "': this does not occur exactly once in " + file + ":\n" + replacement.getKey());
            }
            changed = changed.replace(replacement.getKey(), replacement.getValue());
        }
        return changed;
    }

    /** Reads a list of mutants: {@code name:}, {@code test:}, and for each {@code file:} its replacements. */
    static List<Mutant> parse(List<String> lines) {
        List<Mutant> mutants = new ArrayList<>();
        String name = null;
        String test = null;
        Path file = null;
        Map<Path, Map<String, String>> replacements = new LinkedHashMap<>();
        StringBuilder old = null;
        StringBuilder text = null;
        for (String line : lines) {
            if (line.equals(BEGIN)) {
                text = new StringBuilder();
            } else if (line.equals(MIDDLE) && text != null) {
                old = text;
                text = new StringBuilder();
            } else if (line.equals(END) && text != null) {
                replacements
                        .computeIfAbsent(file, none -> new LinkedHashMap<>())
                        .put(old.toString(), text.toString());
                text = null;
            } else if (text != null) {
                text.append(text.length() == 0 ? "" : "\n").append(line);
            } else if (line.startsWith("name: ")) {
                add(mutants, name, test, replacements);
                name = line.substring(6);
                replacements = new LinkedHashMap<>();
            } else if (line.startsWith("file: ")) {
                file = Path.of(line.substring(6));
            } else if (line.startsWith("test: ")) {
                test = line.substring(6);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                throw new IllegalArgumentException("not understood: " + line);
            }
        }
        add(mutants, name, test, replacements);
        return mutants;
    }

    private static void add(
            List<Mutant> mutants, String name, String test, Map<Path, Map<String, String>> replacements) {
        if (name != null) {
            mutants.add(new Mutant(name, test, replacements));
        }
    }
}
