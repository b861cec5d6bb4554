package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.output.Output;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code lanyard}: the options that all commands share, and what they are used for. */
@Command(
        name = "lanyard",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = VersionCommand.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Keeps the data of your apps in step on every workstation of the LAN, with no server.",
        footer = {
            "",
            "What no option says comes from LANYARD_HOME, LANYARD_API, LANYARD_TOKEN_FILE, ... or"
                    + " HOME/config.properties.",
            "Exit codes: 0 ok, 1 failure, 2 usage, 3 daemon unreachable, 4 not found, "
                    + "5 precondition failed, 6 not authorised, 7 timed out or partial, 8 replicas differ or unhealthy."
        },
        subcommands = {
            UpCommand.class,
            DemoCommand.class,
            PutCommand.class,
            PatchCommand.class,
            GetCommand.class,
            DeleteCommand.class,
            ListCommand.class,
            WatchCommand.class,
            StatusCommand.class,
            PeersCommand.class,
            VerifyCommand.class,
            ConflictsCommand.class,
            ExplainCommand.class,
            HistoryCommand.class,
            UndoCommand.class,
            InviteCommand.class,
            JoinCommand.class,
            IdentityCommand.class,
            InitCommand.class,
            DevicesCommand.class,
            DoctorCommand.class,
            RevokeCommand.class,
            RetireCommand.class,
            KeysCommand.class,
            TokenCommand.class,
            VersionCommand.class
        })
public final class LanyardCommand {

    private final Surroundings surroundings;

    @Option(names = "--home", paramLabel = "DIR", scope = ScopeType.INHERIT, description = "The daemon's directory.")
    private String home;

    @Option(
            names = "--api",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = "The daemon's address; without it, what HOME/api says.")
    private String api;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The file that holds the token; without it, HOME/token.")
    private String tokenFile;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print JSON, for machines.")
    private boolean json;

    LanyardCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param arguments the words after {@code lanyard}
     */
    public static void main(String[] arguments) {
        System.exit(run(Surroundings.ofThisProcess(), arguments));
    }

    /** Runs one command and returns its exit code. */
    static int run(Surroundings surroundings, String... arguments) {
        ErrorPrinter errors = new ErrorPrinter(surroundings.err());
        LanyardCommand lanyard = new LanyardCommand(surroundings);
        CommandLine line = new CommandLine(lanyard)
                .setOut(new PrintWriter(surroundings.out(), true))
                .setErr(new PrintWriter(surroundings.err(), true))
                .setColorScheme(CommandLine.Help.defaultColorScheme(lanyard.mayColour() ? Ansi.ON : Ansi.OFF))
                .setExecutionExceptionHandler(errors)
                .setParameterExceptionHandler(errors)
                .setExpandAtFiles(false)
                .setOverwrittenOptionsAllowed(false);
        if (arguments.length == 0) {
            line.usage(surroundings.err());
            return ExitCode.USAGE.number();
        }
        return line.execute(arguments);
    }

    Surroundings surroundings() {
        return surroundings;
    }

    /** Returns where to speak, as the options say. */
    Output output() {
        return new Output(surroundings.out(), surroundings.err(), json, !json && mayColour());
    }

    /** Finds HOME and reads the settings that it holds. */
    Settings settings() throws CommandFailure {
        return new Settings(surroundings, home);
    }

    /**
     * Finds the daemon's address and token; nothing is sent yet.
     *
     * @throws CommandFailure when either cannot be had
     */
    DaemonClient client() throws CommandFailure {
        Settings settings = settings();
        String address = settings.find("api", api);
        if (address == null) {
            address = read(
                    settings.home().resolve("api"),
                    ExitCode.UNREACHABLE,
                    "no daemon runs with --home " + settings.home(),
                    "start it with 'lanyard up', or name another --home or --api");
        }
        String token = settings.find("token-file", tokenFile);
        return new DaemonClient(
                address(address),
                read(
                        token == null ? settings.home().resolve("token") : Path.of(token),
                        ExitCode.NOT_AUTHORISED,
                        "there is no token" + (token == null ? " in " + settings.home() : " file " + token),
                        "name it with --token-file"),
                "is 'lanyard up' running with --home " + settings.home() + "?");
    }

    /**
     * Returns the JSON that a command was given: the argument itself, or for {@code -} all of standard input.
     *
     * @throws CommandFailure when standard input cannot be read or is not UTF-8
     */
    String content(String argument) throws CommandFailure {
        if (!argument.equals("-")) {
            return argument;
        }
        try (InputStream in = surroundings.in()) {
            byte[] bytes = in.readAllBytes();
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw new CommandFailure(ExitCode.FAILURE, "standard input is not UTF-8 text");
        } catch (IOException failed) {
            throw new CommandFailure(ExitCode.FAILURE, "cannot read standard input: " + failed.getMessage());
        }
    }

    private boolean mayColour() {
        return surroundings.isTerminal()
                && surroundings.variables().getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(surroundings.variables().get("TERM"));
    }

    private static URI address(String text) throws CommandFailure {
        try {
            URI address = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            if ("http".equals(address.getScheme())
                    && address.getHost() != null
                    && address.getPath().isEmpty()) {
                return address;
            }
        } catch (IllegalArgumentException malformed) {
            throw notAnAddress(text);
        }
        throw notAnAddress(text);
    }

    private static CommandFailure notAnAddress(String text) {
        return new CommandFailure(
                ExitCode.USAGE, "'" + text + "' is not a daemon's address; it looks like http://127.0.0.1:7717");
    }

    private static String read(Path file, ExitCode whenMissing, String messageWhenMissing, String hint)
            throws CommandFailure {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException missing) {
            throw new CommandFailure(whenMissing, messageWhenMissing, hint);
        } catch (IOException failed) {
            throw new CommandFailure(ExitCode.FAILURE, "cannot read " + file + ": " + failed);
        }
    }
}
