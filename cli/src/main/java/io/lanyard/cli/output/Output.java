package io.lanyard.cli.output;

import io.lanyard.cli.json.JsonValue;
import java.io.PrintStream;
import java.util.List;

/**
 * A command's two voices. Lines are flushed as they are written, so that a reader at the other end of a pipe gets them
 * at once.
 */
public final class Output {

    private final PrintStream data;
    private final PrintStream messages;
    private final boolean json;
    private final boolean colour;

    /**
     * Takes the streams and the manner.
     *
     * @param json whether data is for machines
     * @param colour whether data may carry colours
     */
    public Output(PrintStream data, PrintStream messages, boolean json, boolean colour) {
        this.data = data;
        this.messages = messages;
        this.json = json;
        this.colour = colour;
    }

    /** Returns whether data is for machines: JSON and nothing else. */
    public boolean isJson() {
        return json;
    }

    /** Returns whether data may carry colours. */
    public boolean mayColour() {
        return colour;
    }

    /** Writes a line of data. */
    public void line(String text) {
        data.println(text);
    }

    /** Writes a value: on one line for machines, indented for people. */
    public void value(JsonValue value) {
        line(json ? value.toJson() : value.toPrettyJson());
    }

    /** Writes a line that is about the work, not its result; kept from those who asked for JSON. */
    public void message(String text) {
        if (!json) {
            messages.println(text);
        }
    }

    /** Returns whether nobody reads the data any more. */
    public boolean isDeaf() {
        return data.checkError();
    }

    /** Writes a line that begins with the name of what it tells. */
    public void row(String name, String text) {
        line(bold(String.format("%-10s", name)) + " " + text);
    }

    /** Writes rows in columns as wide as their widest cell; the first row is the heading. */
    public void table(List<List<String>> rows) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - width(row.get(i)) + 2));
            }
            line(
                    row == rows.get(0)
                            ? bold(line.toString().stripTrailing())
                            : line.toString().stripTrailing());
        }
    }

    /** Returns the text in bold, if colours are allowed. */
    public String bold(String text) {
        return paint("1", text);
    }

    /** Returns the text as something that is well, if colours are allowed. */
    public String good(String text) {
        return paint("32", text);
    }

    /** Returns the text as something to look at, if colours are allowed. */
    public String bad(String text) {
        return paint("31", text);
    }

    /** Returns the text as something minor, if colours are allowed. */
    public String faint(String text) {
        return paint("2", text);
    }

    private String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    private static int width(String text) {
        String visible = text.replaceAll("\u001b\\[[0-9;]*m", "");
        return visible.codePointCount(0, visible.length());
    }
}
