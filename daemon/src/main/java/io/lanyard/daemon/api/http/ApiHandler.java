package io.lanyard.daemon.api.http;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.api.access.Access;
import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.api.json.StorageProblem;
import io.lanyard.daemon.api.json.Texts;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.watch.Meters;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Every request comes through here: who may come in, and where to. */
public final class ApiHandler extends Handler.Abstract {

    private final Access access;
    private final Connections connections;
    private final Routes routes;
    private final RequestMeter meter;
    private final AtomicInteger unanswered = new AtomicInteger();

    /** Makes a handler that serves {@code routes}. */
    public ApiHandler(Access access, Connections connections, Routes routes, Meters meters) {
        this.access = access;
        this.connections = connections;
        this.routes = routes;
        this.meter = new RequestMeter(meters, routes);
    }

    /** Returns everything that is served. */
    public Routes routes() {
        return routes;
    }

    /** Returns whether an answer is still to be written. */
    public boolean isBusy() {
        return unanswered.get() > 0;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        unanswered.incrementAndGet();
        Request.addCompletionListener(request, failure -> unanswered.decrementAndGet());
        RequestMeter.Measured measured = meter.begin(request, response);
        SecurityHeaders.put(response);
        try {
            Access.Approach approach = access.approach(request);
            keepReserve(request, response, approach);
            boolean isPage = approach.origin() != null && !Cors.isForEverybody(request);
            if (isPage) {
                access.checkNamed(approach.origin());
                Cors.allow(response, approach.origin());
            }
            Exchange exchange = new Exchange(request, response, callback, approach);
            exchange.refuseTokenInAddress();
            if (isPage && Cors.isPreflight(request)) {
                Cors.grant(exchange);
            } else {
                route(exchange, measured);
            }
        } catch (ProblemException e) {
            refuse(response, callback, e.problem());
        } catch (Node.StoppedException e) {
            refuse(response, callback, Exchange.stopped(e));
        } catch (DocumentId.IllegalNameException e) {
            refuse(response, callback, Code.INVALID_NAME.with(e.getMessage(), e.hint()));
        } catch (Store.DamagedException e) {
            refuse(response, callback, StorageProblem.damaged(e));
        }
        return true;
    }

    /** Refuses whoever is not the owner on a connection that is one too many. */
    private void keepReserve(Request request, Response response, Access.Approach approach) {
        EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
        if (!connections.isForTheOwner(connection)) {
            return;
        }
        if (access.isOwner(request, approach)) {
            connections.provedToBeTheOwners(connection);
            return;
        }
        connections.countRefused();
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        throw Code.OVERLOADED.exception(
                "too many connections are open, and the rest are for the owner",
                "close some, or try again in a moment");
    }

    private void route(Exchange exchange, RequestMeter.Measured measured) {
        Optional<Routes.Found> found = routes.find(exchange.segments());
        if (found.isEmpty()) {
            signIn(exchange);
            throw nothingThere(exchange);
        }
        Routes.Place place = found.get().place();
        if (place.needsToken(exchange.method())) {
            signIn(exchange);
        }
        Routes.Route route = place.route(exchange);
        if (route.rights() == Routes.Rights.OWNER) {
            exchange.caller().checkOwner();
        }
        measured.is(route);
        exchange.at(found.get().parts());
        route.handler().accept(exchange);
    }

    private void signIn(Exchange exchange) {
        exchange.signIn(access.caller(exchange.request(), exchange.approach()));
        exchange.caller().countRequest();
    }

    private static ProblemException nothingThere(Exchange exchange) {
        return Code.NOT_FOUND.exception(
                "there is nothing at "
                        + Texts.shortened(exchange.request().getHttpURI().getPath()),
                "the routes are in docs/api.md");
    }

    private static void refuse(Response response, Callback callback, Problem problem) {
        if (problem.code() == Code.UNAUTHORIZED) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        Problems.write(response, callback, problem);
    }
}
