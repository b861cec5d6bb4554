package io.lanyard.daemon.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jgroups.Address;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.BaseBundler;
import org.jgroups.protocols.TCP;

/**
 * JGroups' TCP, but whoever is out of reach holds up nobody else, and saying goodbye takes a bounded time. A connection is closed by writing a last word, which waits for
 * its lock; and where a peer vanished with much under way, a writer holds that lock until the system gives the peer up,
 * a quarter of an hour later. Until then no view would be installed, so nobody would notice that the peer is gone.
 */
final class GroupTransport extends TCP {
    private static final short PROTOCOL_ID = ClassConfigurator.getProtocolId(TCP.class);
    private static final long GOODBYE_MILLIS = 500;

    /** Closing a TLS socket waits this long for a writer, and for ever if it is not set. */
    private static final int LINGER_SECONDS = 1;

    GroupTransport() {
        setId(PROTOCOL_ID);
        setLinger(LINGER_SECONDS);
    }

    /** One thread for each destination: trying to connect to an address where nobody is any more holds up nobody else. */
    @Override
    public void init() throws Exception {
        super.init();
        ((BaseBundler) getBundler()).useSingleSenderThread(false);
    }

    @Override
    public void retainAll(Collection<Address> members) {
        List<Connection> leaving = new ArrayList<>();
        srv.forAllConnections((address, connection) -> {
            if (!members.contains(address)) {
                leaving.add(connection);
            }
        });
        closeWithin(leaving, () -> super.retainAll(members));
    }

    /** All connections are closed here, before {@link #stop}: also those of an address that is gone. */
    @Override
    protected void handleDisconnect() {
        closeWithin(all(), super::handleDisconnect);
    }

    @Override
    public void stop() {
        closeWithin(all(), super::stop);
    }

    private List<Connection> all() {
        List<Connection> all = new ArrayList<>();
        if (srv != null) {
            srv.forAllConnections((address, connection) -> all.add(connection));
        }
        return all;
    }

    /** Cuts the connections off if closing them in a friendly way takes too long. */
    private void closeWithin(List<Connection> connections, Runnable friendly) {
        List<Future<?>> cuts = new ArrayList<>();
        for (Connection connection : connections) {
            cuts.add(getTimer().schedule(() -> cut(connection), GOODBYE_MILLIS, TimeUnit.MILLISECONDS));
        }
        try {
            friendly.run();
        } finally {
            cuts.forEach(cut -> cut.cancel(false));
        }
    }

    private void cut(Connection connection) {
        try {
            connection.close(false);
        } catch (IOException e) {
            log.debug("cutting " + connection + " off", e);
        }
    }
}
