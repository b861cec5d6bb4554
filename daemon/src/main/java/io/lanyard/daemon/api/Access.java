package io.lanyard.daemon.api;

import io.lanyard.daemon.api.Problem.Code;
import io.lanyard.daemon.security.OwnerToken;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;

/**
 * Who may come in.
 *
 * <p>Everybody on this machine can reach the port, and so can every web page that a person has open: by its own requests
 * (which carry an Origin), and by a name of its own that it points to 127.0.0.1 (which shows in the Host). Neither is
 * let in, and nobody without the token.
 */
final class Access {

    private static final String SCHEME = "bearer ";

    private final OwnerToken token;
    private final IntSupplier port;

    /** Makes the guard of a server on {@code port}. */
    Access(OwnerToken token, IntSupplier port) {
        this.token = token;
        this.port = port;
    }

    /**
     * Checks how the request is addressed, and where it comes from.
     *
     * @throws Problem.ProblemException {@code host_not_allowed} or {@code origin_not_allowed}
     */
    void checkAddress(Request request) {
        String host = request.getHeaders().get(HttpHeader.HOST);
        HttpURI uri = request.getHttpURI();
        String authority = uri.isAbsolute() || host == null ? uri.getAuthority() : host;
        if (!isOwnAddress(host) || !isOwnAddress(authority)) {
            throw Code.HOST_NOT_ALLOWED.exception(
                    "'" + Texts.shortened(String.valueOf(host)) + "' is not this daemon",
                    "address it as http://127.0.0.1:" + port.getAsInt());
        }
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        if (origin != null && !uri.getPath().equals(ClientModule.PATH)) {
            throw Code.ORIGIN_NOT_ALLOWED.exception(
                    "'" + Texts.shortened(origin) + "' may not come in", "no web page may, in this version");
        }
    }

    /**
     * Returns who shows which token in the Authorization header.
     *
     * @throws Problem.ProblemException {@code unauthorized} if not
     */
    Caller caller(Request request) {
        String presented = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (presented == null) {
            throw unauthorized("the request has no token");
        }
        boolean isBearer = presented.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        return Optional.of(presented)
                .filter(header -> isBearer)
                .flatMap(header -> find(header.substring(SCHEME.length()).strip()))
                .orElseThrow(() -> unauthorized("the token is wrong"));
    }

    /** Returns whose token this is, if it is anybody's. */
    Optional<Caller> find(String presented) {
        boolean isOwner = presented.length() <= Limits.MAX_TOKEN_LENGTH && token.matches(presented);
        return isOwner ? Optional.of(OwnerCaller.INSTANCE) : Optional.empty();
    }

    private boolean isOwnAddress(String authority) {
        if (authority == null) {
            return false;
        }
        String address = authority.toLowerCase(Locale.ROOT);
        int number = port.getAsInt();
        Set<String> names = Set.of("127.0.0.1", "localhost", "[::1]");
        return names.stream().anyMatch(name -> address.equals(name + ":" + number))
                || number == 80 && names.contains(address);
    }

    private static Problem.ProblemException unauthorized(String detail) {
        return Code.UNAUTHORIZED.exception(
                detail, "send Authorization: Bearer and what HOME/token of this daemon holds");
    }
}
