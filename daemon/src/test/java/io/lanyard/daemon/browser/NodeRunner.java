package io.lanyard.daemon.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs the tests of {@code src/test/js}, which are written for Node's own test runner, and makes a JUnit test of each.
 * What this machine lacks for them is said on standard output, and skips them.
 */
final class NodeRunner {

    private static final Path FOLDER = Path.of("src", "test", "js");
    private static final List<String> BROWSERS = List.of("chromium", "chromium-browser", "google-chrome");
    private static final int OLDEST_NODE = 20;
    private static final int RUN_SECONDS = 180;
    private static final int VERSION_SECONDS = 20;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private NodeRunner() {}

    /** Returns the tests of a file, each with the outcome that it had just now. */
    static Stream<DynamicTest> run(String file) throws IOException, InterruptedException {
        requireNode(file);
        return outcomes(file, Optional.empty());
    }

    /** The same for a file whose tests need a browser. */
    static Stream<DynamicTest> runInBrowser(String file) throws IOException, InterruptedException {
        requireNode(file);
        Optional<Path> browser =
                BROWSERS.stream().flatMap(name -> onPath(name).stream()).findFirst();
        if (browser.isEmpty()) {
            skip(file, "Chromium is missing: apt-get install chromium");
        }
        return outcomes(file, browser);
    }

    /** Returns the program of that name, if there is one. */
    static Optional<Path> onPath(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Skips the test, saying so where people look. */
    static void skip(String what, String reason) {
        String line = what + " SKIPPED: " + reason;
        System.out.println(line);
        Assumptions.abort(line);
    }

    /** Returns the class path of this process; Surefire may have hidden the real one behind a jar that only names it. */
    static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .replace("\n", File.pathSeparator);
    }

    /** Returns the {@code java} that runs this. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static void requireNode(String file) throws IOException, InterruptedException {
        if (onPath("node").isEmpty()) {
            skip(file, "Node is missing");
        }
        Process process = new ProcessBuilder("node", "--version").start();
        String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        if (!process.waitFor(VERSION_SECONDS, TimeUnit.SECONDS)
                || Integer.parseInt(version.replaceAll("^v(\\d+).*", "$1")) < OLDEST_NODE) {
            skip(file, "Node is older than " + OLDEST_NODE);
        }
        if (!Files.isDirectory(FOLDER.resolve("node_modules"))) {
            skip(file, "its packages are missing: npm ci in daemon/" + FOLDER);
        }
    }

    private static Stream<DynamicTest> outcomes(String file, Optional<Path> browser)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "node", "--no-warnings", "--test", "--test-reporter=./support/reporter.mjs", file)
                .directory(FOLDER.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("LANYARD_JAVA", java());
        builder.environment().put("LANYARD_CLASS_PATH", classPath());
        builder.environment().put("LANYARD_MAIN", DaemonMain.class.getName());
        browser.ifPresent(path -> builder.environment().put("CHROMIUM", path.toString()));
        Process process = builder.start();
        CompletableFuture<List<String>> output = CompletableFuture.supplyAsync(() -> lines(process));
        boolean hasEnded = process.waitFor(RUN_SECONDS, TimeUnit.SECONDS);
        if (!hasEnded) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        List<DynamicTest> tests = new ArrayList<>();
        try {
            for (String line : output.get()) {
                tests.add(test(MAPPER.readTree(line)));
            }
        } catch (ExecutionException e) {
            throw new IOException("Node's output could not be read", e);
        }
        int exit = hasEnded ? process.exitValue() : -1;
        int toldTests = tests.size();
        tests.add(DynamicTest.dynamicTest("the run ended, of " + toldTests + " tests", () -> {
            assertEquals(true, hasEnded, "it took more than " + RUN_SECONDS + " s");
            assertEquals(true, toldTests > 0, "no test ran, Node ended with " + exit);
        }));
        return tests.stream();
    }

    private static List<String> lines(Process process) {
        return process.inputReader(StandardCharsets.UTF_8).lines().toList();
    }

    private static DynamicTest test(JsonNode outcome) {
        return DynamicTest.dynamicTest(outcome.get("name").asText(), () -> {
            if (outcome.has("skipped")) {
                skip(outcome.get("name").asText(), outcome.get("skipped").asText());
            }
            if (outcome.has("error")) {
                fail(outcome.get("error").asText());
            }
        });
    }
}
