package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Whether anything that the suite said gives away a secret of a home that it made: its output and its reports. Runs after
 * all other tests, in an execution of its own; {@link SuiteWatch} kept what it needs.
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
        int homes = 0;
        for (Path home : list(kept.resolve(SuiteWatch.HOMES), "home")) {
            homes += takes(secrets, home) ? 1 : 0;
        }
        if (homes == 0) {
            System.out.println("SECRETS not searched for: no test of this run made any");
            Assumptions.abort();
        }
        List<Path> outputs = new ArrayList<>(list(kept, SuiteWatch.OUTPUT));
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
        System.out.println("SECRETS searched for: " + secrets.count() + " of " + homes + " homes, in " + bytes
                + " bytes of output and reports");
        assertEquals(List.of(), found);
        assertTrue(bytes > 1_000, "something was said");
    }

    /** A home that was being made or changed when it was copied has no secrets that can be read, and a newer copy. */
    private static boolean takes(Secrets secrets, Path home) {
        try {
            secrets.of(home);
            return true;
        } catch (Exception | AssertionError e) {
            return false;
        }
    }
}
