package io.lanyard.daemon.api;

import io.lanyard.crdt.Write;
import io.lanyard.daemon.api.Problem.Code;

/** The name that a program gives itself, so that it is not told of its own changes. */
final class ClientName {

    /** What a program is called that gave no name: nobody's changes are its own. */
    static final String NONE = "";

    private ClientName() {}

    /**
     * Returns {@code name} if it may be one.
     *
     * @throws Problem.ProblemException {@code invalid_value} if it is too long or has characters that cannot be shown
     */
    static String checked(String name) {
        boolean isShowable = name.codePoints().allMatch(ClientName::isShowable);
        if (name.length() > Write.MAX_CLIENT_LENGTH || !isShowable) {
            throw Code.INVALID_VALUE.exception(
                    "this is not a client's name: '" + Texts.shortened(name) + "'",
                    "use at most " + Write.MAX_CLIENT_LENGTH + " printable characters");
        }
        return name;
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
