package io.lanyard.cli;

import io.lanyard.cli.output.Output;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The person's browser.
 *
 * <p>It is given a file that only its owner may read, which leads it to the daemon's page with a code. The code itself is
 * no argument of a command: every user of the machine can read those.
 */
final class Browser {

    private static final String FILE = "open.html";

    private final Surroundings surroundings;
    private final Path home;

    /** Finds the browser of these surroundings; {@code home} is where the file goes. */
    Browser(Surroundings surroundings, Path home) {
        this.surroundings = surroundings;
        this.home = home;
    }

    /** Opens the daemon's page, signed in by {@code code}; says how to do it by hand where that fails. */
    void open(String apiUrl, String code, Output output) {
        String page = "<!doctype html><meta charset=\"utf-8\"><title>Lanyard</title>"
                + "<meta http-equiv=\"refresh\" content=\"0;url=" + apiUrl + "connect#code=" + code + "\">\n";
        Path file = home.resolve(FILE);
        try {
            PrivateFiles.write(file, page.getBytes(StandardCharsets.UTF_8));
            List<String> command = new ArrayList<>(command());
            command.add(file.toUri().toString());
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException | IdentityException failed) {
            output.message("no browser could be opened: " + failed.getMessage());
        }
        output.message(
                "if no browser comes up, go to " + apiUrl + "connect and write there what 'lanyard token code' prints");
    }

    private List<String> command() {
        String chosen = surroundings.variables().getOrDefault("BROWSER", "");
        if (!chosen.isEmpty()) {
            return List.of(chosen);
        }
        String system = surroundings.operatingSystem().toLowerCase(Locale.ROOT);
        if (system.startsWith("windows")) {
            return List.of("rundll32", "url.dll,FileProtocolHandler");
        }
        return List.of(system.startsWith("mac") ? "open" : "xdg-open");
    }
}
