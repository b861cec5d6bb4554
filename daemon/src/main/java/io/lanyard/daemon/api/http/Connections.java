package io.lanyard.daemon.api.http;

import io.lanyard.daemon.watch.Meters;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.jetty.io.EndPoint;

/**
 * How many connections are open, and who may have one more. Everybody on the machine can open connections and say
 * nothing, so:
 *
 * <ol>
 *   <li>Up to the limit a connection is anybody's.
 *   <li>Beyond it there is a reserve of {@value #RESERVE}, which serves the owner only: whoever asks there without the
 *       owner's token is refused.
 *   <li>If the reserve is full, the connection in it that has been waiting longest without showing that token gives way
 *       to the next one. So who comes gets the time to show it, however many others wait.
 * </ol>
 *
 * <p>A connection in the reserve becomes anybody's when one below the limit ends. Any thread; nothing blocks.
 */
public final class Connections {

    /** How many connections of the owner's there may be beyond the limit. */
    static final int RESERVE = 64;

    private final int limit;
    private final Meters.Count refused;
    private final Set<EndPoint> open = new HashSet<>();
    private final LinkedHashSet<EndPoint> unproven = new LinkedHashSet<>();
    private final Set<EndPoint> owners = new HashSet<>();

    /** Makes the books of a server that nobody is connected to. */
    Connections(int limit, Meters meters) {
        this.limit = limit;
        this.refused = meters.count(
                "connections_refused", "Connections that were closed or refused because there were too many.");
        meters.gauge("connections", "Connections to the API that are open.", this::count);
    }

    /** Returns how many are open. */
    synchronized int count() {
        return open.size() + unproven.size() + owners.size();
    }

    /** Takes note of a new connection, and closes one if there are too many. */
    void opened(EndPoint connection) {
        EndPoint tooMany = admit(connection);
        if (tooMany != null) {
            refused.one();
            tooMany.close();
        }
    }

    private synchronized EndPoint admit(EndPoint connection) {
        if (open.size() < limit) {
            open.add(connection);
            return null;
        }
        unproven.add(connection);
        if (unproven.size() + owners.size() <= RESERVE) {
            return null;
        }
        Iterator<EndPoint> oldest = unproven.iterator();
        EndPoint tooMany = oldest.next();
        oldest.remove();
        return tooMany;
    }

    /** Takes note that a connection ended. */
    synchronized void closed(EndPoint connection) {
        if (open.remove(connection)) {
            Set<EndPoint> next = unproven.isEmpty() ? owners : unproven;
            Iterator<EndPoint> waiting = next.iterator();
            if (waiting.hasNext()) {
                open.add(waiting.next());
                waiting.remove();
            }
        }
        unproven.remove(connection);
        owners.remove(connection);
    }

    /** Returns whether only the owner is served on this connection. */
    synchronized boolean isForTheOwner(EndPoint connection) {
        return unproven.contains(connection) || owners.contains(connection);
    }

    /** Takes note that the owner is at the other end. */
    synchronized void provedToBeTheOwners(EndPoint connection) {
        if (unproven.remove(connection)) {
            owners.add(connection);
        }
    }

    /** Counts a request that is refused. */
    void countRefused() {
        refused.one();
    }
}
