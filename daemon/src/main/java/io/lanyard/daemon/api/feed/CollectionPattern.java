package io.lanyard.daemon.api.feed;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.access.OwnerCaller;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.security.NamePattern;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which collections somebody wants: names, in which {@code *} stands for any text, dots included.
 *
 * @param names the names; none of them means everything
 * @param allowed which of these there are for whoever asks
 */
public record CollectionPattern(List<String> names, Predicate<String> allowed) {

    /**
     * Checks the names.
     *
     * @throws Problem.ProblemException {@code invalid_name} if one of them could not be a name, {@code too_large} if
     *     there are too many
     */
    public CollectionPattern {
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

    /** Wants these of all that there are. */
    public CollectionPattern(List<String> names) {
        this(names, OwnerCaller.INSTANCE::mayRead);
    }

    /**
     * Returns the same without what {@code caller} may not read.
     *
     * @throws Problem.ProblemException {@code scope_missing} if one is named, without a star, that it may not
     */
    CollectionPattern within(Caller caller) {
        names.stream().filter(name -> name.indexOf('*') < 0).forEach(caller::checkRead);
        return new CollectionPattern(names, caller::mayRead);
    }

    /** Returns whether a collection is wanted, and may be had. */
    boolean matches(String collection) {
        return allowed.test(collection) && isWanted(collection);
    }

    private boolean isWanted(String collection) {
        return names.isEmpty() || names.stream().anyMatch(name -> NamePattern.matches(name, collection));
    }
}
