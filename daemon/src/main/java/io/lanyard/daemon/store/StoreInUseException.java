package io.lanyard.daemon.store;

import java.io.IOException;
import java.nio.file.Path;

/** Another daemon has this directory open. Nothing was touched. */
public final class StoreInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    StoreInUseException(Path directory) {
        super(directory + " is in use by another daemon; stop that one, or start this one with another --home");
    }
}
