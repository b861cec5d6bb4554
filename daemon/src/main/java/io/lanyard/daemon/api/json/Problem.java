package io.lanyard.daemon.api.json;

import java.util.Locale;

/**
 * Why a request was refused (RFC 9457), in the same words over HTTP and WebSocket.
 *
 * @param code what kind of refusal
 * @param detail what was wrong, on what and where, in a sentence
 * @param hint what to do next, in a sentence's part; empty if there is nothing more to say
 */
public record Problem(Code code, String detail, String hint) {

    /** The kinds, with their HTTP status. Names and numbers are what programs rely on. */
    public enum Code {
        BAD_REQUEST(400, "The request is malformed"),
        MALFORMED_JSON(400, "This is not JSON"),
        DUPLICATE_KEY(400, "A key stands twice in one object"),
        INVALID_UTF8(400, "This is not Unicode text in UTF-8"),
        UNKNOWN_FIELD(400, "Unknown field"),
        TOKEN_IN_ADDRESS(400, "A token may not be part of an address"),
        UNAUTHORIZED(401, "Not signed in"),
        SCOPE_MISSING(403, "The token does not allow this"),
        ORIGIN_NOT_ALLOWED(403, "Web pages of this origin may not come in"),
        HOST_NOT_ALLOWED(403, "The request is addressed to another host"),
        NOT_ADMIN(403, "Only an admin of the group may do this"),
        NOT_FOUND(404, "Not found"),
        NOBODY_FOUND(404, "Nobody who invites was found"),
        UNKNOWN_DEVICE(404, "No such device"),
        METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
        ALREADY_EXISTS(409, "The document exists already"),
        DEVICE_OFFLINE(409, "The device is not online"),
        NOT_IN_STEP(409, "The devices do not hold the same writes"),
        ALREADY_RESTORED(409, "The conflict was restored before"),
        DEVICE_ONLINE(409, "The device is reachable"),
        NOT_UNDOABLE(409, "There is nothing that can be taken back"),
        CLOCK_EXHAUSTED(409, "The document's clock is at its end"),
        TOO_MANY_TOKENS(409, "There are too many tokens"),
        TOO_MANY_INVITATIONS(409, "There are too many invitations"),
        NEEDS_CONSENT(409, "This has to be asked for once more"),
        WRONG_CODE(409, "The code is wrong"),
        INVITATION_EXPIRED(409, "The time of the code is over"),
        INVITATION_USED(409, "The code was used"),
        INVITATION_ENDED(409, "The invitation ended"),
        ALREADY_MEMBER(409, "The device is a member already"),
        DEVICE_REVOKED(409, "The device was revoked"),
        NOT_ADMITTED(409, "The device was not admitted"),
        NOT_UNDERSTOOD(409, "The devices do not understand each other"),
        NOT_GENUINE(409, "Who answers does not know the code"),
        JOIN_UNDER_WAY(409, "The device is joining a group already"),
        RESYNC_REQUIRED(410, "The position is not known any more"),
        ETAG_MISMATCH(412, "The document is not in the state that was asked for"),
        TOO_LARGE(413, "Too large"),
        URI_TOO_LONG(414, "The address is too long"),
        NOT_JSON(415, "The content type is not JSON"),
        INVALID_NAME(422, "The name is not allowed"),
        INVALID_VALUE(422, "The value is not allowed"),
        MISTYPED_CODE(422, "This is no code"),
        NOT_A_NUMBER(422, "The field is no number"),
        NOT_AN_ARRAY(422, "The field is no array"),
        OUT_OF_RANGE(422, "The number would be beyond the limits"),
        TOO_DEEP(422, "Nested too deeply"),
        SCHEMA_VIOLATION(422, "The document is not what the collection's schema wants"),
        INVALID_SCHEMA(422, "This is no JSON Schema that can be used"),
        IDEMPOTENCY_KEY_REUSED(422, "The key was given to another request"),
        NOT_SUPPORTED(422, "Not supported"),
        NOT_APPLIED(424, "Not applied because of another item"),
        UPGRADE_REQUIRED(426, "WebSocket only"),
        RATE_LIMITED(429, "Too many requests"),
        HEADERS_TOO_LARGE(431, "The request's headers are too large"),
        INTERNAL_ERROR(500, "The daemon failed"),
        DAMAGED(503, "Damaged in the store"),
        NO_NETWORK(503, "There is no network"),
        CUT_OFF(503, "The connection ended half-way"),
        NOT_ADOPTED(503, "The group could not be joined"),
        OVERLOADED(503, "Too busy"),
        STARTING(503, "The daemon is starting"),
        STOPPED(503, "The daemon takes no more writes"),
        NOT_READY(503, "The daemon does not work as it should"),
        DISK_FULL(507, "The disk is full"),
        DISK_READ_ONLY(507, "The disk may only be read"),
        DISK_ERROR(507, "The disk fails"),
        NO_ANSWER(504, "The device did not answer");

        private final int status;
        private final String title;

        Code(int status, String title) {
            this.status = status;
            this.title = title;
        }

        /** Returns the HTTP status. */
        public int status() {
            return status;
        }

        /** Returns what programs see as {@code code}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns the kind in words. */
        String title() {
            return title;
        }

        /** Makes a problem of this kind. */
        public Problem with(String detail, String hint) {
            return new Problem(this, detail, hint);
        }

        /** Makes a throwable problem of this kind. */
        public ProblemException exception(String detail, String hint) {
            return with(detail, hint).exception();
        }
    }

    /** Returns this as an exception. */
    public ProblemException exception() {
        return new ProblemException(this);
    }

    /** Appends code, detail and hint as members of an object that is being written. */
    public JsonWriter writeTo(JsonWriter json) {
        return json.field("code", code.word()).field("detail", detail).field("hint", hint);
    }

    /** Returns the body of an {@code application/problem+json} answer with {@code status}. */
    public String body(int status) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .field("type", "about:blank")
                .field("title", code.title())
                .field("status", status);
        return writeTo(json).endObject().toString();
    }

    /** Refuses a request. */
    public static final class ProblemException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient Problem problem;

        ProblemException(Problem problem) {
            super(problem.code.word() + ": " + problem.detail, null, false, false);
            this.problem = problem;
        }

        /** Returns why. */
        public Problem problem() {
            return problem;
        }
    }
}
