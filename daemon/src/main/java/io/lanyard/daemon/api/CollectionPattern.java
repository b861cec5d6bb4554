package io.lanyard.daemon.api;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.security.NamePattern;
import java.util.List;

/**
 * Which collections somebody wants: names, in which {@code *} stands for any text, dots included.
 *
 * @param names the names; none of them means everything
 */
record CollectionPattern(List<String> names) {

    /**
     * Checks the names.
     *
     * @throws Problem.ProblemException {@code invalid_name} if one of them could not be a name, {@code too_large} if
     *     there are too many
     */
    CollectionPattern {
        if (names.size() > Limits.MAX_PATTERNS) {
            throw Code.TOO_LARGE.exception(
                    "more than " + Limits.MAX_PATTERNS + " collections", "use * or subscribe twice");
        }
        for (String name : names) {
            if (!DocumentId.isCollection(name.replace("*", "x"))) {
                throw Code.INVALID_NAME.exception(
                        "'" + Texts.shortened(name) + "' is not a collection name",
                        "use letters, digits, _, - and dots between words, and * for any text");
            }
        }
        names = List.copyOf(names);
    }

    /** Returns whether a collection is wanted. */
    boolean matches(String collection) {
        return names.isEmpty() || names.stream().anyMatch(name -> NamePattern.matches(name, collection));
    }
}
