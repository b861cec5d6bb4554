package io.lanyard.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;

/**
 * Where each setting comes from: the flag, else the {@code LANYARD_*} variable, else {@code HOME/config.properties},
 * else what the command takes for granted.
 */
final class Settings {

    private static final Set<String> NAMES = Set.of(
            "api",
            "token-file",
            "api-port",
            "bind",
            "port",
            "peers",
            "name",
            "history",
            "public",
            "public-port",
            "rate-limit",
            "message-limit",
            "max-listeners",
            "max-connections");

    private final Surroundings surroundings;
    private final Path home;
    private final Properties file = new Properties();

    /**
     * Finds HOME and reads its config file, if there is one.
     *
     * @param homeFlag the value of {@code --home}, or null
     */
    Settings(Surroundings surroundings, String homeFlag) throws CommandFailure {
        this.surroundings = surroundings;
        String asked = homeFlag == null ? variable("home") : homeFlag;
        this.home =
                asked == null ? defaultHome() : Path.of(asked).toAbsolutePath().normalize();
        Path config = home.resolve("config.properties");
        if (Files.exists(config)) {
            read(config);
        }
    }

    /** Returns the daemon's directory, absolute; it need not exist. */
    Path home() {
        return home;
    }

    /** Returns a setting by its flag's name without the dashes, or null when nobody gave it. */
    String find(String name, String flag) {
        if (flag != null) {
            return flag;
        }
        String variable = variable(name);
        return variable != null ? variable : file.getProperty(name);
    }

    /** Returns a whole number from 0 to 65535, or {@code otherwise} when nobody gave one. */
    int port(String name, String flag, int otherwise) throws CommandFailure {
        String text = find(name, flag);
        if (text == null) {
            return otherwise;
        }
        try {
            int port = Integer.parseInt(text.strip());
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            throw notAPort(name, text);
        }
        throw notAPort(name, text);
    }

    /** Returns a whole number from {@code min} on, or {@code otherwise} when nobody gave one. */
    int number(String name, String flag, int min, int otherwise) throws CommandFailure {
        String text = find(name, flag);
        if (text == null) {
            return otherwise;
        }
        if (!text.strip().matches("[0-9]{1,9}") || Integer.parseInt(text.strip()) < min) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--" + name + " wants a number from " + min + " on, not '" + text + "'");
        }
        return Integer.parseInt(text.strip());
    }

    private static CommandFailure notAPort(String name, String text) {
        return new CommandFailure(ExitCode.USAGE, "--" + name + " wants a port from 0 to 65535, not '" + text + "'");
    }

    private String variable(String name) {
        String value = surroundings
                .variables()
                .get("LANYARD_" + name.toUpperCase(Locale.ROOT).replace('-', '_'));
        return value == null || value.isEmpty() ? null : value;
    }

    private Path defaultHome() {
        String system = surroundings.operatingSystem().toLowerCase(Locale.ROOT);
        if (system.startsWith("windows")) {
            String local = surroundings.variables().get("LOCALAPPDATA");
            Path base =
                    local == null ? surroundings.userHome().resolve("AppData").resolve("Local") : Path.of(local);
            return base.resolve("Lanyard");
        }
        if (system.startsWith("mac")) {
            return surroundings.userHome().resolve("Library/Application Support/Lanyard");
        }
        // The XDG specification has relative paths ignored.
        String state = surroundings.variables().get("XDG_STATE_HOME");
        Path base = state == null || !state.startsWith("/")
                ? surroundings.userHome().resolve(".local/state")
                : Path.of(state);
        return base.resolve("lanyard");
    }

    private void read(Path config) throws CommandFailure {
        try (Reader reader = Files.newBufferedReader(config)) {
            file.load(reader);
        } catch (IOException | IllegalArgumentException failed) {
            throw new CommandFailure(ExitCode.FAILURE, "cannot read " + config + ": " + failed);
        }
        for (String name : file.stringPropertyNames()) {
            if (!NAMES.contains(name)) {
                throw new CommandFailure(
                        ExitCode.FAILURE,
                        config + " sets '" + name + "', which is not a setting",
                        "settings are "
                                + String.join(", ", NAMES.stream().sorted().toList()));
            }
        }
    }
}
