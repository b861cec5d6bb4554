package io.lanyard.cli;

import io.lanyard.cli.client.DaemonClient;
import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanyard token}: who else may come in, and for what. */
@Command(
        name = "token",
        description = {
            "Gives programs and web pages a token of their own, which may do less than the owner's in HOME/token.",
            "Scopes are COLLECTION:read, COLLECTION:write (which includes read) and COLLECTION:settings, where * stands"
                    + " for any text (alice.*:write), and status, metrics and devices."
        })
final class TokenCommand implements Callable<Integer> {

    private static final int MIN_DAYS = 1;

    @ParentCommand
    private LanyardCommand lanyard;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "say what to do: create, list, revoke or code");
    }

    @Command(
            name = "create",
            description = {
                "Makes a token and prints it. Nobody can see it again.",
                "It is good for programs, and for web pages of the origins that are named."
            })
    int create(
            @Option(names = "--name", paramLabel = "NAME", required = true, description = "Who it is for.") String name,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            required = true,
                            split = ",",
                            description = "What it may do; repeatable.")
                    List<String> scopes,
            @Option(
                            names = "--origin",
                            paramLabel = "ORIGIN",
                            split = ",",
                            description = "A web page's origin, such as http://localhost:5173, or null for files;"
                                    + " repeatable.")
                    List<String> origins,
            @Option(names = "--days", paramLabel = "N", description = "How long it is good; 90 unless given.")
                    Integer days)
            throws Exception {
        if (days != null && days < MIN_DAYS) {
            throw new CommandFailure(ExitCode.USAGE, "--days wants a number from 1 on, not " + days);
        }
        String body = "{\"name\":" + JsonValue.of(name).toJson() + ",\"scopes\":" + array(scopes) + ",\"origins\":"
                + array(origins == null ? List.of() : origins) + (days == null ? "" : ",\"days\":" + days) + "}";
        JsonValue made =
                lanyard.client().send("POST", "/api/tokens", Map.of(), body).json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(made);
        } else {
            output.line(made.get("token").text());
            output.message("token " + made.get("id").text() + ", good until "
                    + made.get("expiresAt").text() + "; it is not shown again");
        }
        return ExitCode.OK.number();
    }

    @Command(name = "list", description = "Lists the tokens that are good now.")
    int list() throws Exception {
        JsonValue answer = lanyard.client().get("/api/tokens").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(answer);
            return ExitCode.OK.number();
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "NAME", "SCOPES", "ORIGINS", "GOOD UNTIL"));
        for (JsonValue token : answer.get("items").elements()) {
            rows.add(List.of(
                    token.get("id").text(),
                    token.get("name").text(),
                    joined(token.get("scopes")),
                    joined(token.get("origins")),
                    token.get("expiresAt").text()));
        }
        output.table(rows);
        return ExitCode.OK.number();
    }

    @Command(
            name = "revoke",
            description = "Makes a token good no more; what is open under it ends at once. Takes an id, or a name.")
    int revoke(@Parameters(paramLabel = "TOKEN", description = "Its id or its name in the list.") String wanted)
            throws Exception {
        DaemonClient client = lanyard.client();
        JsonValue chosen = choose(client.get("/api/tokens").json().get("items").elements(), wanted);
        String id = chosen.get("id").text();
        client.send("DELETE", "/api/tokens/" + DocumentName.encode(id), Map.of(), null);
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(JsonValue.object("id", id, "outcome", "revoked"));
        } else {
            output.message("revoked " + named(chosen));
        }
        return ExitCode.OK.number();
    }

    @Command(
            name = "code",
            description = {
                "Prints a code that signs a browser in as the owner, once and within some minutes.",
                "The daemon's page /connect asks for it, where apps ask to be let in."
            })
    int code() throws Exception {
        DaemonClient client = lanyard.client();
        JsonValue made = client.send("POST", "/api/codes", Map.of(), null).json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(made);
        } else {
            output.line(made.get("code").text());
            output.message("write it on the page that asks for it, or on " + client.api() + "/connect");
        }
        return ExitCode.OK.number();
    }

    private static JsonValue choose(List<JsonValue> tokens, String wanted) throws CommandFailure {
        List<JsonValue> found = tokens.stream()
                .filter(token -> token.get("id").text().equals(wanted))
                .toList();
        if (found.isEmpty()) {
            found = tokens.stream()
                    .filter(token -> token.get("name").text().equals(wanted))
                    .toList();
        }
        if (found.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "there is no token '" + wanted + "'", "'lanyard token list' lists them");
        }
        if (found.size() > 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + wanted + "' could be any of "
                            + found.stream().map(TokenCommand::named).collect(Collectors.joining(", ")),
                    "name it by its id");
        }
        return found.get(0);
    }

    private static String named(JsonValue token) {
        return token.get("name").text() + " (" + token.get("id").text() + ")";
    }

    private static String joined(JsonValue texts) {
        return texts.elements().stream().map(JsonValue::text).collect(Collectors.joining(" "));
    }

    private static String array(List<String> texts) {
        return texts.stream().map(text -> JsonValue.of(text).toJson()).collect(Collectors.joining(",", "[", "]"));
    }
}
