package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The table of everything that is served: one row for each path and method.
 *
 * <p>A path is written as {@code /api/docs/{collection}/{id}}; a part in braces takes any text, which the handler reads
 * with {@link Exchange#part}. Where two paths fit, the one with the earlier literal part counts. Whoever may GET may
 * HEAD. Filled before it serves, and not changed after that; any thread may look something up.
 */
public final class Routes {

    private final Map<String, Place> places = new TreeMap<>();
    private final List<Place> bySpecialness = new ArrayList<>();

    /** Who may use a route. */
    public enum Rights {
        /** Everybody; the route itself may look at the token. */
        OPEN,
        /** Whoever shows a token; the route itself checks what that token is for. */
        TOKEN,
        /** The owner of this device only. */
        OWNER
    }

    /** A row of the table. */
    public record Route(String method, String path, Rights rights, Consumer<Exchange> handler) {}

    /** A place, and what the parts of its path that are in braces stand for. */
    public record Found(Place place, Map<String, String> parts) {}

    /** A path, and its routes by method. */
    public record Place(String path, List<String> segments, Map<String, Route> routes) {

        private static final Comparator<Place> MORE_SPECIAL_FIRST = Comparator.comparing(place ->
                place.segments.stream().map(part -> isName(part) ? "1" : "0").reduce("", String::concat));

        private static boolean isName(String part) {
            return part.startsWith("{");
        }

        /** Returns what the names stand for, if the path fits. */
        private Optional<Map<String, String>> match(List<String> path) {
            if (path.size() != segments.size()) {
                return Optional.empty();
            }
            Map<String, String> parts = new HashMap<>();
            for (int i = 0; i < path.size(); i++) {
                String segment = segments.get(i);
                if (isName(segment)) {
                    parts.put(segment.substring(1, segment.length() - 1), path.get(i));
                } else if (!segment.equals(path.get(i))) {
                    return Optional.empty();
                }
            }
            return Optional.of(parts);
        }

        /** Returns whether a token is needed to learn anything of this method here. */
        boolean needsToken(String method) {
            Optional<Route> route = find(method);
            return route.isPresent()
                    ? route.get().rights() != Rights.OPEN
                    : routes.values().stream().noneMatch(one -> one.rights() == Rights.OPEN);
        }

        private Optional<Route> find(String method) {
            return Optional.ofNullable(routes.get(method.equals("HEAD") ? "GET" : method));
        }

        /** Returns the methods that mean something here, as the header Allow names them. */
        String allowed() {
            List<String> methods = new ArrayList<>(routes.keySet());
            if (methods.contains("GET")) {
                methods.add("HEAD");
            }
            return String.join(", ", methods.stream().sorted().toList());
        }

        /**
         * Returns the route for a method.
         *
         * @throws ProblemException {@code method_not_allowed} if there is none; Allow is set then
         */
        Route route(Exchange exchange) {
            return find(exchange.method()).orElseThrow(() -> {
                exchange.with("Allow", allowed());
                return Code.METHOD_NOT_ALLOWED.exception(
                        exchange.method() + " does nothing here", "use one of " + allowed());
            });
        }
    }

    /** Adds a row that needs no token. */
    public Routes open(String method, String path, Consumer<Exchange> handler) {
        return add(new Route(method, path, Rights.OPEN, handler));
    }

    /** Adds a row for whoever shows a token. */
    public Routes token(String method, String path, Consumer<Exchange> handler) {
        return add(new Route(method, path, Rights.TOKEN, handler));
    }

    /** Adds a row for the owner. */
    public Routes owner(String method, String path, Consumer<Exchange> handler) {
        return add(new Route(method, path, Rights.OWNER, handler));
    }

    private Routes add(Route route) {
        Place place = places.computeIfAbsent(
                route.path(), path -> new Place(path, RequestPath.segments(path), new TreeMap<>()));
        if (place.routes().put(route.method(), route) != null) {
            throw new IllegalArgumentException("two routes for " + route.method() + " " + route.path());
        }
        bySpecialness.remove(place);
        bySpecialness.add(place);
        bySpecialness.sort(Place.MORE_SPECIAL_FIRST);
        return this;
    }

    /** Returns every row, in the order of paths and methods. */
    public List<Route> all() {
        return places.values().stream()
                .flatMap(place -> place.routes().values().stream())
                .toList();
    }

    /** Returns the place that a path means. */
    public Optional<Found> find(List<String> path) {
        for (Place place : bySpecialness) {
            Optional<Map<String, String>> parts = place.match(path);
            if (parts.isPresent()) {
                return Optional.of(new Found(place, parts.get()));
            }
        }
        return Optional.empty();
    }
}
