package io.lanyard.daemon.store;

import java.io.IOException;

/** A file of the store holds what no crash could have left there: it cannot be opened, and must not be written to. */
final class DamagedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedFileException(String message) {
        super(message);
    }

    DamagedFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
