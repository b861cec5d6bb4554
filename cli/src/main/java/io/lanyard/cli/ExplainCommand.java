package io.lanyard.cli;

import io.lanyard.cli.json.JsonValue;
import io.lanyard.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code lanyard explain}: why a document shows what it shows. */
@Command(
        name = "explain",
        description = {
            "Tells why a document shows what it shows: of each field who wrote it, when, and what it replaced.",
            "Works for a document that was deleted, too."
        })
final class ExplainCommand implements Callable<Integer> {

    @ParentCommand
    private LanyardCommand lanyard;

    @Parameters(paramLabel = "COLLECTION/ID", description = "The document, such as contact/ada.")
    private String name;

    @Override
    public Integer call() throws Exception {
        DocumentName target = DocumentName.document(name);
        JsonValue explanation = lanyard.client().get(target.path() + "/explain").json();
        Output output = lanyard.output();
        if (output.isJson()) {
            output.value(explanation);
            return ExitCode.OK.number();
        }
        output.line(explanation.get("summary").text());
        List<JsonValue> fields = explanation.get("fields").elements();
        if (!fields.isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("FIELD", "VALUE", "WRITTEN", "BY", "CLIENT", "BEFORE", "CONFLICTS"));
            fields.forEach(field -> rows.add(row(field)));
            output.table(rows);
        }
        if (!explanation.get("conflicts").elements().isEmpty()) {
            output.message("open conflicts of the whole document: " + numbers(explanation));
        }
        return ExitCode.OK.number();
    }

    private static List<String> row(JsonValue field) {
        JsonValue written = field.get("written");
        JsonValue replaced = field.get("replaced");
        String value = field.get("removed").isTrue()
                ? "(removed)"
                : Texts.shortened(field.get("value").toJson());
        String before = replaced.isNull()
                ? ""
                : replaced.members().containsKey("value")
                        ? Texts.shortened(replaced.get("value").toJson())
                        : "(nothing)";
        return List.of(
                field.get("path").text(),
                field.get("shown").isTrue() || field.get("removed").isTrue() ? value : value + " (hidden)",
                written.get("at").text(),
                Texts.deviceOf(written),
                Texts.orElse(written.get("client"), ""),
                before,
                numbers(field));
    }

    private static String numbers(JsonValue of) {
        return String.join(
                " ",
                of.get("conflicts").elements().stream().map(JsonValue::text).toList());
    }
}
