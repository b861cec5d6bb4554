package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.watch.Meters;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves an app's files on loopback, under a port and so an origin of its own. There is no API here: the app's pages are
 * strangers to the daemon like any others, and ask for a token by {@code /connect}. Any thread.
 */
public final class PublicServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PublicServer.class);
    private static final int MAX_THREADS = 12;
    private static final int MIN_THREADS = 4;
    private static final int MAX_CONNECTIONS = 500;

    private final Server server;
    private final PublicFiles files;
    private volatile int port;

    /**
     * Starts serving a directory; its files are read anew at each request.
     *
     * @param wantedPort the port, 0 for a free one
     * @throws ApiPortInUseException if another program has the port
     * @throws IOException if there is no such directory, or the server cannot start for another reason
     */
    public static PublicServer start(int wantedPort, Path directory) throws IOException {
        PublicServer site = new PublicServer(new PublicFiles(directory));
        try {
            site.port = Loopback.bind(site.server, wantedPort, new Connections(MAX_CONNECTIONS, Meters.NONE));
            site.server.start();
            return site;
        } catch (IOException | RuntimeException e) {
            site.close();
            throw e;
        } catch (Exception e) {
            site.close();
            throw new IOException("the app's files cannot be served", e);
        }
    }

    private PublicServer(PublicFiles files) {
        this.files = files;
        server = Loopback.server("public", MIN_THREADS, MAX_THREADS);
        server.setHandler(new FileHandler());
    }

    /** Returns its address, such as {@code http://127.0.0.1:7718/}. */
    public URI uri() {
        return Loopback.uri(port);
    }

    /** Stops. Idempotent. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the server of the app's files did not stop cleanly", e);
        }
    }

    private final class FileHandler extends Handler.Abstract {

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            try {
                serve(request, response, callback);
            } catch (ProblemException e) {
                Problems.write(response, callback, e.problem());
            }
            return true;
        }

        private void serve(Request request, Response response, Callback callback) throws IOException {
            checkHost(request);
            if (!Set.of("GET", "HEAD").contains(request.getMethod())) {
                response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
                throw Code.METHOD_NOT_ALLOWED.exception("these are files", "use GET or HEAD");
            }
            String path = request.getHttpURI().getPath();
            Optional<PublicFiles.Found> found = files.find(RequestPath.segments(path));
            if (found.isEmpty()) {
                throw Code.NOT_FOUND.exception("there is no such file", "the API is on another port");
            }
            PublicFiles.Found file = found.get();
            response.getHeaders().put("X-Content-Type-Options", "nosniff");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
            if (file.isDirectory()) {
                // Relative to this path: an address that begins with two slashes would be another host's.
                response.setStatus(308);
                response.getHeaders().put(HttpHeader.LOCATION, "./" + path.substring(path.lastIndexOf('/') + 1) + "/");
                response.write(true, null, callback);
                return;
            }
            response.getHeaders().put(HttpHeader.ETAG, '"' + file.etag() + '"');
            List<String> known = Etags.parse(request, HttpHeader.IF_NONE_MATCH);
            if (known.contains(Etags.ANY) || known.contains(file.etag())) {
                response.setStatus(304);
                response.write(true, null, callback);
                return;
            }
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, file.type());
            if (request.getMethod().equals("HEAD")) {
                response.getHeaders().put(HttpHeader.CONTENT_LENGTH, file.bytes());
                response.write(true, null, callback);
                return;
            }
            Content.copy(Content.Source.from(file.file()), response, callback);
        }

        private void checkHost(Request request) {
            String host = request.getHeaders().get(HttpHeader.HOST);
            if (!Access.isOwnAddress(host, port)) {
                throw Code.HOST_NOT_ALLOWED.exception(
                        "'" + Texts.shortened(String.valueOf(host)) + "' is not this machine",
                        "address it as " + uri());
            }
        }
    }
}
