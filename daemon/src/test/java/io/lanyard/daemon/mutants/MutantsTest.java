package io.lanyard.daemon.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The proof that the tests notice: each bug of {@code mutants.txt} is put into the sources, alone, and the test that
 * belongs to it has to fail, having passed without. {@code mvn -Pmutants verify} runs it, {@code
 * -Dmutants.only=REGEX} just those whose names match; an ordinary run only looks whether the list still fits and compiles.
 */
class MutantsTest {

    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final List<String> MODULES = List.of("crdt", "daemon");
    private static final String CLASSES = "classes";
    private static final int AT_ONCE = 2;
    private static final long DEADLINE_MINUTES = 10;
    private static final String NOTICED = "noticed";
    private static final String UNNOTICED = "not noticed";

    private static List<Mutant> mutants() throws IOException {
        try (InputStream in = MutantsTest.class.getResourceAsStream("mutants.txt")) {
            return Mutant.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }
    }

    @Test
    void mutants_eachFitsTheSourcesAndNamesATest() throws IOException {
        List<Mutant> mutants = mutants();
        assertTrue(mutants.size() >= 14);
        for (Mutant mutant : mutants) {
            for (Path file : mutant.files()) {
                mutant.apply(file, Files.readString(PROJECT.resolve(file)));
            }
            assertTrue(!mutant.files().isEmpty(), mutant.name());
            String testClass = mutant.test().split("#")[0].replace('.', '/') + ".class";
            assertTrue(
                    MODULES.stream()
                            .anyMatch(module -> Files.exists(testClasses(module).resolve(testClass))),
                    () -> mutant.name() + " names a test that is not there: " + mutant.test());
        }
        assertEquals(
                mutants.size(), mutants.stream().map(Mutant::name).distinct().count(), "each has its own name");
    }

    @Test
    void mutants_eachCompiles(@TempDir Path directory) throws IOException {
        List<Mutant> left = new ArrayList<>(mutants());
        for (int round = 0; !left.isEmpty(); round++) { // one of each file at a time, or it takes ten times as long
            Set<Path> files = new HashSet<>();
            List<Mutant> together = left.stream()
                    .filter(mutant -> Collections.disjoint(files, mutant.files()) && files.addAll(mutant.files()))
                    .toList();
            left.removeAll(together);
            assertEquals("", compile(together, Files.createDirectory(directory.resolve("round" + round))));
        }
    }

    @Test
    @EnabledIfSystemProperty(
            named = "mutants",
            matches = "true",
            disabledReason = "skipped: the proof by mutants takes some minutes, run it by mvn -Pmutants verify")
    void mutants_eachIsNoticed(@TempDir Path directory) throws Exception {
        Pattern only = Pattern.compile(System.getProperty("mutants.only", ""));
        List<Mutant> mutants = mutants().stream()
                .filter(mutant -> only.matcher(mutant.name()).find())
                .toList();
        assertEquals(List.of(), failingWithoutABug(mutants, directory), "these would notice any bug");
        List<Callable<String>> attempts = new ArrayList<>();
        for (Mutant mutant : mutants) {
            Path place = Files.createDirectory(directory.resolve("mutant" + attempts.size()));
            attempts.add(() -> attempt(mutant, place));
        }
        List<String> survivors = new ArrayList<>();
        runEach(attempts, (result, i) -> {
            System.out.println("mutant: " + mutants.get(i).name() + ": " + result);
            if (!result.startsWith(NOTICED)) {
                survivors.add(mutants.get(i).name() + ": " + result);
            }
        });
        System.out.println("mutants: " + mutants.size() + ", noticed " + (mutants.size() - survivors.size()));
        assertEquals(List.of(), survivors);
    }

    /** The same tests, run the same way on the sources as they are, have to pass: else that they fail proves nothing. */
    private static List<String> failingWithoutABug(List<Mutant> mutants, Path directory) throws Exception {
        List<String> tests = mutants.stream().map(Mutant::test).distinct().toList();
        List<Callable<String>> attempts = new ArrayList<>();
        for (String test : tests) {
            Path place = Files.createDirectory(directory.resolve("sound" + attempts.size()));
            attempts.add(() -> run(test, place));
        }
        List<String> failing = new ArrayList<>();
        runEach(attempts, (result, i) -> {
            if (!result.startsWith(UNNOTICED)) {
                failing.add(tests.get(i) + ": " + result);
            }
        });
        System.out.println("mutants: " + tests.size() + " tests without a bug, failed: " + failing.size());
        return failing;
    }

    private static void runEach(List<Callable<String>> attempts, ObjIntConsumer<String> teller) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<String>> results = new ArrayList<>();
            attempts.forEach(attempt -> results.add(executor.submit(attempt)));
            for (int i = 0; i < results.size(); i++) {
                teller.accept(results.get(i).get(), i);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static String attempt(Mutant mutant, Path place) throws IOException, InterruptedException {
        String said = compile(List.of(mutant), place);
        return said.isEmpty() ? run(mutant.test(), place) : "does not compile: " + said;
    }

    private static String run(String test, Path place) throws IOException, InterruptedException {
        Set<String> path = new LinkedHashSet<>(List.of(place.resolve(CLASSES).toString()));
        MODULES.forEach(module -> path.add(testClasses(module).toString()));
        path.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
        Path output = place.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-Dsimulation.seeds=1000",
                        "-cp",
                        String.join(File.pathSeparator, path),
                        MutantRunner.class.getName(),
                        test)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            return NOTICED + ": the test did not come to its end";
        }
        List<String> lines = Files.readAllLines(output);
        String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        return switch (process.exitValue()) {
            case MutantRunner.NOTICED -> NOTICED + " by " + test + ": " + last;
            case MutantRunner.SURVIVED -> UNNOTICED + " by " + test;
            default -> "the test could not be run: " + last;
        };
    }

    /** Compiles bugs of different files; returns what the compiler complains of, nothing if they compile. */
    private static String compile(List<Mutant> mutants, Path place) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (Mutant mutant : mutants) {
            for (Path file : mutant.files()) {
                Path source = place.resolve(file);
                Files.createDirectories(source.getParent());
                sources.add(Files.writeString(source, mutant.apply(file, Files.readString(PROJECT.resolve(file)))));
            }
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            List<String> options = List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-d",
                    Files.createDirectory(place.resolve(CLASSES)).toString(),
                    "--release",
                    "17",
                    "-proc:none");
            boolean isDone = compiler.getTask(
                            said, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
            return isDone ? "" : said.toString();
        }
    }

    private static Path testClasses(String module) {
        return PROJECT.resolve(module).resolve("target").resolve("test-classes");
    }
}
