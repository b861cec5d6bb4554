package io.lanyard.daemon.api.http;

import io.lanyard.daemon.api.json.Limits;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The addresses that only programs of this machine can reach: 127.0.0.1 and, where there is one, ::1. */
final class Loopback {

    private static final String IPV4 = "127.0.0.1";

    private static final Logger LOG = LoggerFactory.getLogger(Loopback.class);
    private static final String IPV6 = "::1";
    private static final long IDLE_MILLIS = 60_000;

    private Loopback() {}

    /** Returns a server that has no port and no handler yet; {@code name} is what its threads are called. */
    static Server server(String name, int minThreads, int maxThreads) {
        QueuedThreadPool threads = new QueuedThreadPool(maxThreads, minThreads);
        threads.setName(name);
        threads.setDaemon(true);
        Server server = new Server(threads);
        server.setErrorHandler(new Problems());
        server.setStopTimeout(0); // the server's own way waits for idle connections too
        return server;
    }

    /** Returns the address of what listens on {@code port}, such as {@code http://127.0.0.1:7717/}. */
    static URI uri(int port) {
        return URI.create("http://" + IPV4 + ":" + port + "/");
    }

    /**
     * Lets {@code server}, which has not been started, listen on both under one port.
     *
     * @param wantedPort the port, 0 for a free one
     * @param connections told of each connection that opens or ends
     * @return the port
     * @throws ApiPortInUseException if another program has it
     */
    static int bind(Server server, int wantedPort, Connections connections) throws ApiPortInUseException, IOException {
        ServerConnector first = connector(server, IPV4, wantedPort, connections);
        bind(first);
        if (hasIpv6()) {
            bind(connector(server, IPV6, first.getLocalPort(), connections));
        }
        return first.getLocalPort();
    }

    private static ServerConnector connector(Server server, String host, int number, Connections connections) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(Limits.MAX_REQUEST_HEADER_BYTES);
        // Paths are taken apart by RequestPath alone, so that a strange id gets our answer instead of the server's.
        http.setUriCompliance(UriCompliance.UNSAFE);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http)) {
            @Override
            protected void onEndPointOpened(EndPoint connection) {
                super.onEndPointOpened(connection);
                connections.opened(connection);
            }

            @Override
            protected void onEndPointClosed(EndPoint connection) {
                super.onEndPointClosed(connection);
                connections.closed(connection);
            }
        };
        connector.setHost(host);
        connector.setPort(number);
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        return connector;
    }

    private static void bind(ServerConnector connector) throws ApiPortInUseException, IOException {
        try {
            connector.open();
        } catch (IOException e) {
            if (isPortInUse(e)) {
                throw new ApiPortInUseException(connector.getHost(), connector.getPort(), e);
            }
            throw e;
        }
    }

    private static boolean isPortInUse(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasIpv6() {
        try {
            return NetworkInterface.getByInetAddress(InetAddress.getByName(IPV6)) != null;
        } catch (SocketException | UnknownHostException e) {
            LOG.debug("no loopback address for IPv6", e);
            return false;
        }
    }
}
