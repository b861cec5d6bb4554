package io.lanyard.daemon.api.access;

import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Texts;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;

/**
 * Who may come in.
 *
 * <p>Everybody on this machine can reach the port, and so can every web page that a person has open: by its own requests
 * (which carry an Origin), and by a name of its own that it points to 127.0.0.1 (which shows in the Host). A page comes
 * in only if a token names its origin, and then only with that token; the owner's token names none.
 */
public final class Access {

    private static final String SCHEME = "bearer ";

    private final Callers callers;
    private final IntSupplier port;

    /** Makes the guard of a server on {@code port}. */
    public Access(Callers callers, IntSupplier port) {
        this.callers = callers;
        this.port = port;
    }

    /**
     * Where a request comes from.
     *
     * @param origin the web page's origin; {@code null} if it is no page's, or that of a page of this daemon
     */
    public record Approach(String origin) {}

    /**
     * Checks how the request is addressed, and returns where it comes from.
     *
     * @throws Problem.ProblemException {@code host_not_allowed} or {@code origin_not_allowed}
     */
    public Approach approach(Request request) {
        String host = checkAddress(request, port.getAsInt());
        List<String> origins = request.getHeaders().getValuesList(HttpHeader.ORIGIN);
        if (origins.size() > 1) {
            throw originNotAllowed(String.join(", ", origins));
        }
        String own = "http://" + host.toLowerCase(Locale.ROOT);
        return new Approach(origins.isEmpty() || origins.get(0).equals(own) ? null : origins.get(0));
    }

    /**
     * Checks that the request is addressed to this machine's {@code port}, and returns the address: a name that somebody
     * else points here is none.
     *
     * @throws Problem.ProblemException {@code host_not_allowed} if not
     */
    public static String checkAddress(Request request, int port) {
        String host = request.getHeaders().get(HttpHeader.HOST);
        HttpURI uri = request.getHttpURI();
        String authority = uri.isAbsolute() || host == null ? uri.getAuthority() : host;
        if (!isOwnAddress(host, port) || !isOwnAddress(authority, port)) {
            throw Code.HOST_NOT_ALLOWED.exception(
                    "'" + Texts.shortened(String.valueOf(host)) + "' is not this daemon",
                    "address it as http://127.0.0.1:" + port);
        }
        return host;
    }

    /**
     * Checks that pages of that origin may come in with some token.
     *
     * @throws Problem.ProblemException {@code origin_not_allowed} if not
     */
    public void checkNamed(String origin) {
        if (!callers.isNamed(origin)) {
            throw originNotAllowed(origin);
        }
    }

    /**
     * Returns who shows which token in the Authorization header.
     *
     * @throws Problem.ProblemException {@code unauthorized} if nobody's, {@code origin_not_allowed} if the token does not
     *     name the page's origin
     */
    public Caller caller(Request request, Approach approach) {
        List<String> presented = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
        if (presented.isEmpty()) {
            throw unauthorized("the request has no token");
        }
        String header = presented.get(0);
        if (presented.size() > 1 || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw unauthorized("the token is wrong");
        }
        return caller(header.substring(SCHEME.length()).strip(), approach);
    }

    /** Returns whether the request shows a token of the owner's. */
    public boolean isOwner(Request request, Approach approach) {
        try {
            return caller(request, approach).isOwner();
        } catch (Problem.ProblemException e) {
            return false; // why, it is told when there is room
        }
    }

    /**
     * Returns whose token this is.
     *
     * @throws Problem.ProblemException {@code unauthorized} if nobody's, {@code origin_not_allowed} if the token does not
     *     name the page's origin
     */
    public Caller caller(String token, Approach approach) {
        Caller caller =
                callers.find(token).orElseThrow(() -> unauthorized("the token is wrong, was revoked, or has expired"));
        if (approach.origin() != null && !caller.mayComeFrom(approach.origin())) {
            throw originNotAllowed(approach.origin());
        }
        return caller;
    }

    /**
     * Returns whether an authority, such as a Host says, is an address of this machine with that port.
     *
     * @param authority may be {@code null}, which is none
     */
    public static boolean isOwnAddress(String authority, int number) {
        if (authority == null) {
            return false;
        }
        String address = authority.toLowerCase(Locale.ROOT);
        Set<String> names = Set.of("127.0.0.1", "localhost", "[::1]");
        return names.stream().anyMatch(name -> address.equals(name + ":" + number))
                || number == 80 && names.contains(address);
    }

    private static Problem.ProblemException originNotAllowed(String origin) {
        return Code.ORIGIN_NOT_ALLOWED.exception(
                "pages of '" + Texts.shortened(origin) + "' may not come in with this token, or with any",
                "open /connect from the page, or make a token with lanyard token create --origin");
    }

    private static Problem.ProblemException unauthorized(String detail) {
        return Code.UNAUTHORIZED.exception(
                detail, "send Authorization: Bearer and a token, or what HOME/token of this daemon holds");
    }
}
