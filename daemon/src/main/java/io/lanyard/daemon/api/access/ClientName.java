package io.lanyard.daemon.api.access;

import io.lanyard.crdt.Write;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;

/** The name that a program gives itself, so that it is not told of its own changes. */
public final class ClientName {

    /** What a program is called that gave no name: nobody's changes are its own. */
    public static final String NONE = "";

    private ClientName() {}

    /**
     * Returns {@code name} if it may be one.
     *
     * @throws Problem.ProblemException {@code invalid_value} if it is too long or has characters that cannot be shown
     */
    public static String checked(String name) {
        if (name.length() > Write.MAX_CLIENT_LENGTH || !isShowable(name)) {
            throw Code.INVALID_VALUE.exception(
                    "this is not a client's name: '" + Texts.shortened(name) + "'",
                    "use at most " + Write.MAX_CLIENT_LENGTH + " printable characters");
        }
        return name;
    }

    /** Returns whether people can be shown all of it on a line. */
    public static boolean isShowable(String text) {
        return text.codePoints().allMatch(ClientName::isShowable);
    }

    private static boolean isShowable(int codePoint) {
        int type = Character.getType(codePoint);
        return type != Character.CONTROL
                && type != Character.SURROGATE
                && type != Character.UNASSIGNED
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }
}
