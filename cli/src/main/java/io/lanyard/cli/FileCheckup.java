package io.lanyard.cli;

import io.lanyard.cli.DoctorCommand.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What the doctor sees in a home directory without asking anybody. */
final class FileCheckup {
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    /** What is in a home and no secret. */
    private static final Set<String> OPEN_FILES = Set.of("api", "config.properties");

    private FileCheckup() {}

    static List<Finding> of(Path home) throws IOException {
        if (!Files.isDirectory(home)) {
            return List.of(Finding.bad(
                    "home", "There is no home directory " + home + ".", "Make it with 'lanyard up', or name --home."));
        }
        if (Files.getFileAttributeView(home, PosixFileAttributeView.class) == null) {
            return List.of(Finding.ok("home", "The home directory " + home + " is there; this disk has no modes."));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(
                isOpen(home)
                        ? Finding.bad(
                                "home",
                                "Others on this machine may look into the home directory " + home + ".",
                                "chmod 700 " + home)
                        : Finding.ok("home", "The home directory " + home + " is closed to others."));
        List<Path> open = new ArrayList<>();
        try (Stream<Path> files = Files.list(home)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && !OPEN_FILES.contains(name)
                        && isOpen(file)) {
                    open.add(file);
                }
            }
        }
        open.forEach(file -> findings.add(Finding.bad(
                "secrets",
                "Others may read or write the file " + file + ", which holds a secret or decides who belongs here.",
                "chmod 600 " + file + "; if others had the time to read it: 'lanyard identity new' for a key,"
                        + " 'lanyard keys rotate' for the group's secret")));
        if (open.isEmpty()) {
            findings.add(Finding.ok("secrets", "Keys, secrets and tokens are readable by their owner only."));
        }
        return findings;
    }

    private static boolean isOpen(Path path) throws IOException {
        return Files.getPosixFilePermissions(path).stream().anyMatch(OF_OTHERS::contains);
    }
}
