package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Whether anything that a module's tests said gives away a secret that they made: their output and reports. Runs after
 * all other tests of the module, in an execution of its own; {@link SuiteWatch} kept what it needs.
 */
class SuiteOutputScan {
    private static final Path TARGET = Path.of("target");

    private static List<Path> list(Path directory, String begin) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(begin))
                    .toList();
        }
    }

    @Test
    void outputOfTheSuite_hasNoSecretOfAnyHome() throws Exception {
        Path kept = Path.of(System.getProperty(SuiteWatch.DIRECTORY, "target/suite-secrets"));
        Secrets secrets = new Secrets();
        List<Path> copies = list(kept.resolve(SuiteWatch.HOMES), "home");
        Map<String, Integer> unread = new TreeMap<>();
        for (Path home : copies) {
            String reason = take(secrets, home);
            if (!reason.isEmpty()) {
                unread.merge(reason, 1, Integer::sum);
            }
        }
        int homes = copies.size() - unread.values().stream().mapToInt(n -> n).sum();
        List<Path> outputs = new ArrayList<>(list(kept, SuiteWatch.OUTPUT));
        if (homes == 0 || outputs.isEmpty()) {
            System.out.println("SECRETS not searched for: no test of this run made any");
            Assumptions.abort();
        }
        outputs.addAll(list(TARGET.resolve("surefire-reports"), ""));
        List<String> found = new ArrayList<>();
        long bytes = 0;
        for (Path output : outputs) {
            if (Files.isRegularFile(output)) {
                bytes += Files.size(output);
                secrets.in(Files.readString(output, StandardCharsets.ISO_8859_1))
                        .forEach(leak -> found.add(output.getFileName() + ": " + leak));
            }
        }
        System.out.println("SECRETS searched for: " + secrets.count() + " of " + homes
                + " homes, and whatever has the form of a token or of a pairing code, in " + bytes
                + " bytes of output and reports; copies of homes that could not be read: " + unread);
        assertEquals(List.of(), found);
        assertTrue(bytes > 1_000, "something was said");
    }

    /** Returns why a copy has no secrets that can be read, as of a home that was being made or changed; empty if it has. */
    private static String take(Secrets secrets, Path home) {
        try {
            secrets.whateverIsIn(home);
            return "";
        } catch (Exception | AssertionError e) {
            String reason = String.valueOf(e.getMessage()).replace(home.toString(), "HOME");
            return e.getClass().getSimpleName() + ": "
                    + reason.lines().findFirst().orElse("");
        }
    }
}
