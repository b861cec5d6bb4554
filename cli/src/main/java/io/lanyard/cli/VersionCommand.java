package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard version}: which Lanyard this is, and on what it runs. */
@Command(name = "version", description = "Tells which Lanyard this is.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {

    @ParentCommand
    private LanyardCommand lanyard;

    @Override
    public Integer call() {
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object("version", version(), "java", java(), "system", system()));
        } else {
            output.line("lanyard " + version() + " (Java " + java() + ", " + system() + ")");
        }
        return ExitCode.OK.number();
    }

    @Override
    public String[] getVersion() {
        return new String[] {"lanyard " + version()};
    }

    /** Returns the version that the jar's manifest names; classes outside a jar have none. */
    private static String version() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private static String java() {
        return System.getProperty("java.version");
    }

    private static String system() {
        return System.getProperty("os.name") + " " + System.getProperty("os.arch");
    }
}
