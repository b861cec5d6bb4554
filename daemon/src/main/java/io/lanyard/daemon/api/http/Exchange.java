package io.lanyard.daemon.api.http;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.access.ClientName;
import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.StorageProblem;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.node.Node;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP request and its answer. Nothing in here blocks. */
public final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private static final Set<String> TOKEN_PARAMETERS = Set.of("token", "access_token");

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Access.Approach approach;
    private final List<String> segments;
    private final Fields query;
    private Map<String, String> parts = Map.of();
    private Caller caller;

    /**
     * Starts an exchange.
     *
     * @throws ProblemException if path or query cannot be decoded
     */
    Exchange(Request request, Response response, Callback callback, Access.Approach approach) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.approach = approach;
        this.segments = RequestPath.segments(request.getHttpURI().getPath());
        this.query = queryOf(request);
    }

    /** Returns where the request comes from. */
    public Access.Approach approach() {
        return approach;
    }

    /**
     * Checks that nobody writes a token into the address, where histories and logs would keep it.
     *
     * @throws ProblemException {@code token_in_address} if somebody does
     */
    void refuseTokenInAddress() {
        for (String name : TOKEN_PARAMETERS) {
            if (query.getNames().contains(name)) {
                throw Code.TOKEN_IN_ADDRESS.exception(
                        "a token may not be part of an address",
                        "send it as Authorization: Bearer, make a new one, and revoke this one: others may have seen it");
            }
        }
    }

    /** Says who makes the request. */
    public void signIn(Caller known) {
        caller = known;
    }

    /**
     * Returns who makes the request.
     *
     * @throws IllegalStateException if that was not asked yet
     */
    public Caller caller() {
        if (caller == null) {
            throw new IllegalStateException("nobody is signed in");
        }
        return caller;
    }

    /** Returns the request. */
    public Request request() {
        return request;
    }

    /** Returns the response, to stream to. */
    public Response response() {
        return response;
    }

    /** Returns what ends the exchange. */
    public Callback callback() {
        return callback;
    }

    /** Returns the method. */
    public String method() {
        return request.getMethod();
    }

    /** Returns the decoded parts of the path. */
    List<String> segments() {
        return segments;
    }

    /** Takes what the parts of the route's path stand for. */
    void at(Map<String, String> pathParts) {
        parts = pathParts;
    }

    /** Returns the decoded part of the path that stands where the route says {@code {name}}. */
    public String part(String name) {
        return parts.get(name);
    }

    /**
     * Returns the document that the path names, once it is sure that the caller may read it.
     *
     * @throws DocumentId.IllegalNameException if there can be none of that name
     * @throws ProblemException {@code scope_missing} if not
     */
    public DocumentId readable() {
        DocumentId id = document();
        caller().checkRead(id.collection());
        return id;
    }

    /**
     * Returns the document that the path names, once it is sure that the caller may write it.
     *
     * @throws DocumentId.IllegalNameException if there can be none of that name
     * @throws ProblemException {@code scope_missing} if not
     */
    public DocumentId writable() {
        DocumentId id = document();
        caller().checkWrite(id.collection());
        return id;
    }

    /**
     * Returns the collection that the path names, once it is sure that the caller may read it.
     *
     * @throws ProblemException {@code scope_missing} if not
     */
    public String readableCollection() {
        caller().checkRead(part("collection"));
        return part("collection");
    }

    /**
     * Returns the collection that the path names, once it is sure that the caller may write it.
     *
     * @throws ProblemException {@code scope_missing} if not
     */
    public String writableCollection() {
        caller().checkWrite(part("collection"));
        return part("collection");
    }

    private DocumentId document() {
        return new DocumentId(part("collection"), part("id")).open();
    }

    /**
     * Checks the names of the query's parameters.
     *
     * @throws ProblemException {@code unknown_field} if there is another one
     */
    public void allowParameters(Set<String> known) {
        for (String name : query.getNames()) {
            if (!known.contains(name)) {
                throw Code.UNKNOWN_FIELD.exception(
                        "there is no parameter '" + Texts.shortened(name) + "' here",
                        known.isEmpty()
                                ? "send none"
                                : "use "
                                        + String.join(
                                                ", ", known.stream().sorted().toList()));
            }
        }
    }

    /** Returns a parameter of the query, the last if there are several. */
    public Optional<String> parameter(String name) {
        List<String> values = parameters(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
    }

    /** Returns all parameters of the query with that name. */
    public List<String> parameters(String name) {
        List<String> values = query.getValues(name);
        return values == null ? List.of() : values;
    }

    /**
     * Returns a parameter that is a whole number.
     *
     * @throws ProblemException {@code invalid_value} if it is none, or not between the bounds
     */
    public long number(String name, long min, long max, long whenAbsent) {
        String text = parameter(name).orElse(null);
        if (text == null) {
            return whenAbsent;
        }
        if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) < min || Long.parseLong(text) > max) {
            throw Code.INVALID_VALUE.exception(
                    "'" + Texts.shortened(text) + "' is no " + name, "write a number from " + min + " to " + max);
        }
        return Long.parseLong(text);
    }

    /**
     * Returns a parameter that is true or false.
     *
     * @throws ProblemException {@code invalid_value} if it is neither
     */
    public boolean flag(String name, boolean whenAbsent) {
        return switch (parameter(name).orElse(Boolean.toString(whenAbsent))) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw Code.INVALID_VALUE.exception("'" + name + "' is true or false", "");
        };
    }

    /** Returns a header field, if it is there. */
    public Optional<String> header(HttpHeader name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /**
     * Returns the name that the caller gave itself, {@link ClientName#NONE} if none.
     *
     * @throws ProblemException {@code invalid_value} if it may not be one
     */
    public String client() {
        String name = request.getHeaders().get("Lanyard-Client");
        return name == null ? ClientName.NONE : ClientName.checked(name);
    }

    /**
     * Checks that the body is JSON by its own account.
     *
     * @throws ProblemException {@code not_json} if not
     */
    public void requireJson(Set<String> mediaTypes) {
        String type = header(HttpHeader.CONTENT_TYPE).orElse("");
        String[] parts = type.toLowerCase(Locale.ROOT).split(";");
        boolean isJson = mediaTypes.contains(parts[0].strip());
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "");
            isJson &= !parameter.startsWith("charset=") || parameter.equals("charset=utf-8");
        }
        if (!isJson) {
            throw Code.NOT_JSON.exception(
                    type.isEmpty() ? "the request has no Content-Type" : "'" + Texts.shortened(type) + "' is not JSON",
                    "send Content-Type: "
                            + String.join(" or ", mediaTypes.stream().sorted().toList()) + ", in UTF-8");
        }
    }

    /**
     * Reads the body and hands it on; answers with the problem if {@code reader} throws one, or if there are more than
     * {@code maxBytes}.
     *
     * <p>Of a body that is too large some more is read and thrown away: most programs look for the answer only when they
     * have sent everything, and would see nothing but a broken connection. A body that is larger by far, or that waits
     * to be asked for, is not read at all.
     */
    public void body(int maxBytes, Consumer<byte[]> reader) {
        Optional<String> coding = header(HttpHeader.CONTENT_ENCODING);
        if (coding.isPresent()) {
            with("Accept-Encoding", "identity");
            Compression.requireNone(coding);
        }
        long length = request.getLength();
        boolean isWaiting = request.getHeaders().contains(HttpHeader.EXPECT);
        if (length > maxBytes && (isWaiting || length > maxBytes + Limits.MAX_DISCARDED_BYTES)) {
            throw tooLarge(maxBytes);
        }
        new BodyReader(maxBytes, reader).run();
    }

    /** Answers when {@code write} is done, on {@code executor}: never on the thread that completes it. */
    public <T> void whenWritten(CompletableFuture<T> write, Executor executor, Consumer<T> answer) {
        write.whenCompleteAsync(
                (result, failure) -> attempt(() -> {
                    if (failure != null) {
                        throw failureOf(failure);
                    }
                    answer.accept(result);
                }),
                executor);
    }

    /** Runs {@code action} and answers with the problem that it throws. */
    void attempt(Runnable action) {
        try {
            action.run();
        } catch (ProblemException e) {
            problem(e.problem());
        } catch (Store.DamagedException e) {
            problem(StorageProblem.damaged(e));
        } catch (RuntimeException e) {
            callback.failed(e);
        }
    }

    /** Sets a header field of the answer. */
    public Exchange with(String name, String value) {
        response.getHeaders().put(name, value);
        return this;
    }

    /** Answers with JSON. */
    public void json(int status, String body) {
        write(status, "application/json", body);
    }

    /** Answers with text of some type, in UTF-8. */
    public void text(String type, String body) {
        write(200, type, body);
    }

    private void write(int status, String type, String body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        byte[] bytes = Compression.apply(request, response, body.getBytes(StandardCharsets.UTF_8));
        response.write(true, ByteBuffer.wrap(bytes), callback);
    }

    /** Answers with nothing but a status. */
    public void empty(int status) {
        response.setStatus(status);
        response.write(true, null, callback);
    }

    /** Answers with a problem. */
    public void problem(Problem problem) {
        Problems.write(response, callback, problem);
    }

    /** Answers with a problem's body. */
    public void problem(int status, String body) {
        Problems.write(response, callback, status, body);
    }

    /** Returns what it means to a reader that the replica stopped. */
    static Problem stopped(Node.StoppedException failure) {
        return Code.STOPPED.with(String.valueOf(failure.getMessage()), "look at the daemon's log and start it again");
    }

    /** Returns what a failed write means to its caller. */
    public static ProblemException failureOf(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof ProblemException problem) {
            return problem;
        }
        if (cause instanceof Node.OverloadedException) {
            return Code.OVERLOADED.exception("too many writes are waiting", "try again in a moment");
        }
        if (cause instanceof Node.UnwritableException unwritable) {
            return StorageProblem.of(unwritable).exception();
        }
        if (cause instanceof Node.StoppedException) {
            return Code.STOPPED.exception(
                    String.valueOf(cause.getMessage()),
                    "look at the daemon's log and start it again; whether this write is there is not known");
        }
        LOG.error("a write failed", cause);
        return Code.INTERNAL_ERROR.exception("the write failed in the daemon", "look at the daemon's log");
    }

    private static Fields queryOf(Request request) {
        try {
            return Request.extractQueryParameters(request);
        } catch (RuntimeException e) {
            throw Code.BAD_REQUEST.exception("the query cannot be decoded", "percent-encode it in UTF-8");
        }
    }

    private static ProblemException tooLarge(int maxBytes) {
        return Code.TOO_LARGE.exception("the body may have at most " + maxBytes + " bytes", "send less at once");
    }

    /** Collects the body as it comes. */
    private final class BodyReader implements Runnable {
        private final int maxBytes;
        private final Consumer<byte[]> reader;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long count;

        BodyReader(int maxBytes, Consumer<byte[]> reader) {
            this.maxBytes = maxBytes;
            this.reader = reader;
        }

        @Override
        public void run() {
            boolean isLast = false;
            while (!isLast) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    callback.failed(chunk.getFailure());
                    return;
                }
                byte[] part = new byte[chunk.remaining()];
                chunk.getByteBuffer().get(part);
                isLast = chunk.isLast();
                chunk.release();
                count += part.length;
                if (count <= maxBytes) {
                    bytes.writeBytes(part);
                } else if (isLast || count > maxBytes + Limits.MAX_DISCARDED_BYTES) {
                    problem(tooLarge(maxBytes).problem());
                    return;
                }
            }
            attempt(() -> reader.accept(bytes.toByteArray()));
        }
    }
}
