package io.lanyard.daemon.api.access;

import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.security.Scope.Right;

/**
 * Who makes a request: the owner of this daemon, who may do all, or the holder of a token, who may do what the token
 * says, for as long as it is good.
 *
 * <p>A socket or a feed keeps its caller for as long as it is open: it asks {@link #isEnded()} before it tells anything,
 * and {@link #onEnd} wakes it at once when somebody revokes the token. Names that begin with {@code $} are nobody's.
 * Any thread; nothing here blocks.
 */
public interface Caller {

    /** Returns the token's id, {@code owner} for the owner. */
    String tokenId();

    /** Returns the name that people gave the token. */
    String name();

    /** Returns whether the caller is the owner. */
    boolean isOwner();

    /** Returns whether web pages of that origin may use the token. */
    boolean mayComeFrom(String origin);

    /** Returns whether documents of {@code collection} may be seen, listed and counted. */
    boolean mayRead(String collection);

    /** Returns whether documents of {@code collection} may be written. Who may write may read. */
    boolean mayWrite(String collection);

    /** Returns whether what is declared of {@code collection} may be changed. */
    boolean maySettle(String collection);

    /** Returns whether documents of every collection may be read, those to come included. */
    boolean mayReadAll();

    /** Returns whether the caller has a right that is none over collections, such as {@code metrics}. */
    boolean mayUse(Right right);

    /** Returns whether the token was revoked or has expired since it was shown. */
    boolean isEnded();

    /**
     * Runs {@code action} once when the token is revoked, at once if it was already; never for the owner. An expiry is
     * told within a second or two.
     *
     * @return what takes the wish back; closing it twice does nothing
     */
    Registration onEnd(Runnable action);

    /**
     * Counts one HTTP request.
     *
     * @throws Problem.ProblemException {@code rate_limited} if there were too many
     */
    void countRequest();

    /**
     * Counts one WebSocket message.
     *
     * @throws Problem.ProblemException {@code rate_limited} if there were too many
     */
    void countMessage();

    /** A wish that can be taken back. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Checks {@link #mayRead}; throws {@code scope_missing} if not. */
    default void checkRead(String collection) {
        if (!mayRead(collection)) {
            throw missing("read " + Texts.shortened(collection), collection + ":read");
        }
    }

    /** Checks {@link #mayWrite}; throws {@code scope_missing} if not. */
    default void checkWrite(String collection) {
        if (!mayWrite(collection)) {
            throw writeMissing(collection).exception();
        }
    }

    /** Checks {@link #maySettle}; throws {@code scope_missing} if not. */
    default void checkSettle(String collection) {
        if (!maySettle(collection)) {
            throw missing("change the settings of " + Texts.shortened(collection), collection + ":settings");
        }
    }

    /** Checks {@link #mayUse}; throws {@code scope_missing} if not. */
    default void checkUse(Right right) {
        if (!mayUse(right)) {
            throw missing("do this", right.word());
        }
    }

    /** Checks {@link #isOwner}; throws {@code scope_missing} if not. */
    default void checkOwner() {
        if (!isOwner()) {
            throw Code.SCOPE_MISSING.exception(
                    "only the owner of this daemon may do this", "use the owner's token, which is in HOME/token");
        }
    }

    /** Returns why somebody who may not write {@code collection} is refused. */
    static Problem writeMissing(String collection) {
        return missing("write " + Texts.shortened(collection), collection + ":write")
                .problem();
    }

    private static Problem.ProblemException missing(String what, String scope) {
        return Code.SCOPE_MISSING.exception(
                "this token may not " + what, "use a token with the scope " + Texts.shortened(scope));
    }
}
