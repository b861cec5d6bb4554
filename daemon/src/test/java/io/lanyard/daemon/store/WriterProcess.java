package io.lanyard.daemon.store;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Starts {@link CrashingWriter} in a process of its own, quickly: the classes come out of an archive that the first
 * process leaves behind, which halves the start of each that follows. Such an archive wants jars, no directories.
 */
final class WriterProcess {
    private static final List<String> PACKAGES = List.of(
            "io/lanyard/crdt", "io/lanyard/daemon/engine", "io/lanyard/daemon/store", "io/lanyard/daemon/watch");

    private final Path workDirectory;
    private final String classPath;

    WriterProcess(Path workDirectory) throws IOException {
        this.workDirectory = workDirectory;
        List<String> jars = new ArrayList<>();
        Path own = workDirectory.resolve("classes.jar");
        jars.add(own.toString());
        try (OutputStream file = Files.newOutputStream(own);
                JarOutputStream jar = new JarOutputStream(file)) {
            String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
            for (String part : all.split(File.pathSeparator)) {
                if (!Files.isDirectory(Path.of(part))) {
                    jars.add(part);
                } else {
                    addClasses(Path.of(part), jar);
                }
            }
        }
        classPath = String.join(File.pathSeparator, jars);
    }

    private static void addClasses(Path root, JarOutputStream jar) throws IOException {
        for (String folder : PACKAGES) {
            Path directory = root.resolve(folder);
            if (!Files.isDirectory(directory)) {
                continue;
            }
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    jar.putNextEntry(new JarEntry(folder + "/" + file.getFileName()));
                    Files.copy(file, jar);
                }
            }
        }
    }

    /** Runs to the end, and leaves the archive of classes. */
    int runFirst(String... arguments) throws IOException, InterruptedException {
        return start("-XX:ArchiveClassesAtExit=" + archive(), arguments).waitFor();
    }

    Process start(String... arguments) throws IOException {
        return start("-XX:SharedArchiveFile=" + archive(), arguments);
    }

    private Process start(String option, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(option, "-Xlog:disable", "-Xlog:all=error:stderr"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-cp", classPath));
        command.add(CrashingWriter.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(output().toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** What the newest process says. */
    Path output() {
        return workDirectory.resolve("output");
    }

    private Path archive() {
        return workDirectory.resolve("classes.jsa");
    }
}
