package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Answers with problems, also where the HTTP server itself refuses a request before anybody of us sees it. */
final class Problems implements Request.Handler {

    private static final String TYPE = "application/problem+json";

    /** Writes a problem as the whole answer. */
    static void write(Response response, Callback callback, Problem problem) {
        int status = problem.code().status();
        write(response, callback, status, problem.body(status));
    }

    /** Writes a problem's body as the whole answer. */
    static void write(Response response, Callback callback, int status, String body) {
        SecurityHeaders.put(response);
        response.setStatus(status);
        if (status == Code.OVERLOADED.status() || status == Code.RATE_LIMITED.status()) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, TYPE);
        // What is not read of a refused request ends its connection: the client has to know, or its next request is
        // lost.
        if (!response.getRequest().consumeAvailable()) {
            response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
        }
        response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        String reason = "";
        Object cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
        if (cause instanceof HttpException refusal) {
            status = refusal.getCode();
            reason = refusal.getReason() == null ? "" : refusal.getReason();
        }
        status = status < 400 ? Code.INTERNAL_ERROR.status() : status;
        Problem problem = problemOf(status, reason);
        write(response, callback, status, problem.body(status));
        return true;
    }

    private static Problem problemOf(int status, String reason) {
        return switch (status) {
            case 404 -> Code.NOT_FOUND.with("there is nothing here", "the routes are in docs/api.md");
            case 413 -> Code.TOO_LARGE.with("the request is too large", "send less at once");
            case 414 -> Code.URI_TOO_LONG.with("the address is too long", "send less in the query");
            case 431 ->
                Code.HEADERS_TOO_LARGE.with(
                        "the headers have more than " + Limits.MAX_REQUEST_HEADER_BYTES + " bytes", "send fewer");
            default ->
                status < 500
                        ? Code.BAD_REQUEST.with(
                                reason.isEmpty() ? "the request cannot be read" : Texts.shortened(reason),
                                "send well-formed HTTP/1.1")
                        : Code.INTERNAL_ERROR.with("the daemon failed at this request", "look at the daemon's log");
        };
    }
}
