package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.http.Routes.Route;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Meters.Durations;
import io.lanyard.daemon.watch.Meters.Label;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * How long requests take, by route, method and class of status. What is at no route counts as {@code other}, so the
 * number of labels is that of the table's rows. Any thread.
 */
final class RequestMeter {

    private static final Set<String> STATUS_CLASSES = Set.of("1xx", "2xx", "3xx", "4xx", "5xx");

    private final Durations durations;

    /** Names the durations. */
    RequestMeter(Meters meters, Routes routes) {
        List<Route> rows = routes.all();
        durations = meters.durations(
                "http_request_seconds",
                "How long requests took until their last byte was written.",
                new Label("route", rows.stream().map(Route::path).collect(Collectors.toSet())),
                new Label("method", rows.stream().map(Route::method).collect(Collectors.toSet())),
                new Label("status", STATUS_CLASSES));
    }

    /** Begins to measure a request; it ends with it. */
    Measured begin(Request request, Response response) {
        Measured measured = new Measured();
        long beginNanos = System.nanoTime();
        Request.addCompletionListener(
                request,
                failure -> durations.add(
                        System.nanoTime() - beginNanos,
                        measured.path,
                        measured.method,
                        response.getStatus() / 100 + "xx"));
        return measured;
    }

    /** A request that is being measured. */
    static final class Measured {
        private volatile String path = Meters.OTHER;
        private volatile String method = Meters.OTHER;

        /** Says which route it takes. */
        void is(Route route) {
            path = route.path();
            method = route.method();
        }
    }
}
