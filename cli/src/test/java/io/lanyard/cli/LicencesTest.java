package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/licences.md names every library of the distribution, and no other. */
class LicencesTest {
    private static final Pattern JAR = Pattern.compile("([A-Za-z0-9_.-]+?)-\\d[A-Za-z0-9_.-]*\\.jar");
    private static final Pattern ROW = Pattern.compile("\\| ([A-Za-z0-9_.-]+)(?: \\([A-Za-z]+\\))? \\| (.+) \\|");

    /** What tests are run with; it is in no distribution. */
    private static final Pattern OF_TESTS = Pattern.compile(
            "(junit|jazzer|surefire|apiguardian|opentest4j|hamcrest|awaitility|jacoco|org\\.jacoco|lanyard-).*");

    private static Set<String> libraries() {
        Set<String> names = new TreeSet<>();
        Stream.of(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                        .split(File.pathSeparator))
                .map(path -> Path.of(path).getFileName().toString())
                .map(JAR::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .filter(name -> !OF_TESTS.matcher(name).matches())
                .forEach(names::add);
        return names;
    }

    @Test
    void licences_everyLibrary_isListedWithItsLicence() throws IOException {
        Set<String> listed = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "licences.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()
                    && !row.group(1).equals("library")
                    && !row.group(1).startsWith("---")) {
                listed.add(row.group(1));
                assertTrue(row.group(2).matches(".*(Apache-2\\.0|MIT|EPL-).*"), line);
            }
        }
        assertEquals(libraries(), listed);
        assertTrue(listed.size() > 30);
    }
}
