package io.lanyard.daemon.api.http;

import java.io.IOException;

/** Says that another program has the port of the API, or of the app's files. The message is one sentence for people. */
public final class ApiPortInUseException extends IOException {
    private static final long serialVersionUID = 1;

    /** Makes the exception. */
    ApiPortInUseException(String host, int port, IOException cause) {
        super(
                "Port " + port + " on " + host
                        + " is in use by another program: stop it, or choose another with --api-port or --public-port (0 takes a free one).",
                cause);
    }
}
