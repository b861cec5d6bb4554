package io.lanyard.daemon.api.request;

import io.lanyard.daemon.api.json.DocumentJson;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.StorageProblem;
import io.lanyard.daemon.engine.Store.DamagedException;
import io.lanyard.daemon.engine.WriteResult;
import java.util.Locale;
import java.util.Optional;

/** What a write's outcome is called, and what it means to its caller. */
public final class Outcomes {

    private Outcomes() {}

    /** Returns the outcome as programs see it. */
    public static String word(WriteResult.Outcome outcome) {
        return switch (outcome) {
            case REFUSED_BY_GUARD -> Code.SCHEMA_VIOLATION.word();
            case NAME_TAKEN -> Code.IDEMPOTENCY_KEY_REUSED.word();
            default -> outcome.name().toLowerCase(Locale.ROOT);
        };
    }

    /** Returns the HTTP status of an operation with this outcome. */
    public static int status(WriteResult.Item item) {
        return problem(item)
                .map(problem -> problem.code().status())
                .orElse(item.outcome() == WriteResult.Outcome.CREATED ? 201 : 200);
    }

    /** Returns why the operation failed; empty if it did not. */
    public static Optional<Problem> problem(WriteResult.Item item) {
        String id = item.id().toString();
        return switch (item.outcome()) {
            case CREATED, UPDATED, UNCHANGED, DELETED, ABSENT -> Optional.empty();
            case NOT_FOUND -> Optional.of(notFound(id));
            case ALREADY_EXISTS ->
                Optional.of(Code.ALREADY_EXISTS.with(id + " exists already", "choose another id, or change this one"));
            case ETAG_MISMATCH ->
                Optional.of(Code.ETAG_MISMATCH.with(
                        item.etag() == null ? id + " is not there" : id + " has the ETag " + item.etag(),
                        "read it again and decide anew"));
            case TOO_LARGE -> Optional.of(DocumentJson.tooLarge());
            case NOT_A_NUMBER ->
                Optional.of(Code.NOT_A_NUMBER.with(
                        "a field of " + id + " that is to be counted is no number",
                        "write a number there first, or remove the field"));
            case NOT_AN_ARRAY ->
                Optional.of(Code.NOT_AN_ARRAY.with(
                        "a field of " + id + " that is to be added to or removed from is no array",
                        "write an array there first, or remove the field"));
            case OUT_OF_RANGE ->
                Optional.of(Code.OUT_OF_RANGE.with(
                        "counting in " + id + " would come to a number that is too long or too large",
                        "keep it within 100 characters and exponents within 400 either way"));
            case CLOCK_EXHAUSTED ->
                Optional.of(Code.CLOCK_EXHAUSTED.with(
                        id + " carries a stamp at the end of the year 9999",
                        "no newer one can be written: copy it under another id"));
            case DAMAGED -> Optional.of(StorageProblem.damaged(new DamagedException(item.id())));
            case ALREADY_RESTORED ->
                Optional.of(Code.ALREADY_RESTORED.with(
                        "the value that lost in " + id + " was written anew before",
                        "write it yourself if it has changed since"));
            case REFUSED_BY_GUARD ->
                Optional.of(Code.SCHEMA_VIOLATION.with(
                        item.detail(), "see GET /api/collections/" + item.id().collection() + "/settings"));
            case NAME_TAKEN ->
                Optional.of(Code.IDEMPOTENCY_KEY_REUSED.with(
                        "another request came under this Idempotency-Key before", "use a fresh key for each request"));
            case NOT_APPLIED ->
                Optional.of(Code.NOT_APPLIED.with(
                        "another item of the batch failed, so nothing was written",
                        "mend that one, or use ?mode=each"));
        };
    }

    /** Returns the problem of a document that is not there. */
    public static Problem notFound(String id) {
        return Code.NOT_FOUND.with("there is no " + id, "look for it with GET /api/docs/COLLECTION");
    }
}
