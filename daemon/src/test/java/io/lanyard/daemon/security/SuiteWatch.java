package io.lanyard.daemon.security;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * Keeps, while a module's tests run, what {@link SuiteOutputScan} compares afterwards: all that tests and the daemons that
 * they start say, in {@code output-*}, and the secrets of every home that they make in a temporary directory, in
 * {@code homes}. Only where {@code lanyard.suite.secrets} names a directory, as the build does.
 *
 * <p>Homes are looked for a few times a second and at the end of each test, rather than told of, so that no test has to
 * think of it; one that a test makes and takes away within a moment may be missed.
 */
public final class SuiteWatch implements TestExecutionListener {
    static final String DIRECTORY = "lanyard.suite.secrets";
    static final String HOMES = "homes";
    static final String OUTPUT = "output-";
    private static final List<String> SECRET_FILES = List.of("device.p12", "group", "token", "tokens.json");
    private static final long LOOK_MILLIS = 250;
    private static final int DEPTH = 3;
    private static final String ROOTS = "{junit,lanyard-}*";

    private static volatile SuiteWatch running;

    private final long startMillis = System.currentTimeMillis();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Map<Path, Long> seen = new HashMap<>();
    /** What earlier runs left behind: no home of this one is in there. */
    private final Set<Path> earlier = new HashSet<>();

    private Path directory;
    private Thread watch;
    private PrintStream out;
    private PrintStream err;
    private OutputStream file;

    /** Passes on what a process says on its standard error, so that it is part of this one's; its start must pipe it. */
    public static Process heard(Process process) {
        Thread pump = new Thread(
                () -> {
                    try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
                        lines.lines().forEach(System.err::println);
                    } catch (IOException | UncheckedIOException e) {
                        System.err.println("the output of a process ended: " + e.getMessage());
                    }
                },
                "errors of " + process.pid());
        pump.setDaemon(true);
        pump.start();
        return process;
    }

    /** Takes what was said where this process did not hear it, as in a file that a test throws away. */
    public static void said(String text) {
        SuiteWatch now = running;
        if (now != null) {
            try {
                synchronized (now.file) {
                    now.file.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Looks for homes now, before a test's directory is deleted. */
    static void lookNow() {
        SuiteWatch now = running;
        if (now != null) {
            now.look();
        }
    }

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
        String wanted = System.getProperty(DIRECTORY);
        if (wanted == null) {
            return;
        }
        try {
            directory = Path.of(wanted);
            try (DirectoryStream<Path> roots = roots()) {
                roots.forEach(earlier::add);
            }
            PrivateFiles.prepareHome(directory);
            PrivateFiles.prepareHome(directory.resolve(HOMES));
            file = new BufferedOutputStream(Files.newOutputStream(
                    directory.resolve(OUTPUT + ProcessHandle.current().pid())));
        } catch (IOException | IdentityException e) {
            throw new IllegalStateException("the output of the suite cannot be kept", e);
        }
        out = System.out;
        err = System.err;
        System.setOut(tee(out));
        System.setErr(tee(err));
        watch = new Thread(this::watch, "suite-watch");
        watch.setDaemon(true);
        watch.start();
        running = this;
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (watch == null) {
            return;
        }
        running = null;
        over.countDown();
        System.setOut(out);
        System.setErr(err);
        try {
            synchronized (file) {
                file.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private PrintStream tee(PrintStream first) {
        return new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int one) throws IOException {
                        write(new byte[] {(byte) one}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int from, int length) throws IOException {
                        first.write(bytes, from, length);
                        synchronized (file) {
                            file.write(bytes, from, length);
                        }
                    }

                    @Override
                    public void flush() {
                        first.flush();
                    }
                },
                true,
                StandardCharsets.UTF_8);
    }

    private void watch() {
        try {
            while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            err.println("no more homes are looked for: " + e);
        }
    }

    private synchronized void look() {
        try (DirectoryStream<Path> roots = roots()) {
            for (Path root : roots) {
                if (!earlier.contains(root)) {
                    look(root);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            err.println("temporary directories cannot be watched: " + e);
        }
    }

    private static DirectoryStream<Path> roots() throws IOException {
        return Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")), ROOTS);
    }

    /** Tests delete what is looked at. */
    private void look(Path root) {
        try (Stream<Path> files = Files.find(
                root, DEPTH, (path, attributes) -> path.getFileName().toString().equals(DeviceIdentity.FILE_NAME))) {
            for (Path home : files.map(Path::getParent).toList()) {
                keep(home);
            }
        } catch (NoSuchFileException e) {
            seen.keySet().removeIf(home -> home.startsWith(root));
        } catch (IOException | UncheckedIOException e) {
            if (!(e.getCause() instanceof NoSuchFileException)) {
                err.println(root + " cannot be watched: " + e);
            }
        }
    }

    private void keep(Path home) throws IOException {
        long newest = 0;
        for (String name : SECRET_FILES) {
            Path one = home.resolve(name);
            newest = Math.max(
                    newest, Files.exists(one) ? Files.getLastModifiedTime(one).toMillis() : 0);
        }
        Long before = seen.put(home, newest);
        if (newest < startMillis || before != null && before == newest) {
            return;
        }
        Path copy = Files.createTempDirectory(directory.resolve(HOMES), "home");
        for (String name : SECRET_FILES) {
            if (Files.exists(home.resolve(name))) {
                Files.copy(home.resolve(name), copy.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
