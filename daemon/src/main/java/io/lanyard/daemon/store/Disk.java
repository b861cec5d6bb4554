package io.lanyard.daemon.store;

import java.io.Closeable;
import java.io.IOException;

/** A directory of files that one store has to itself: the only door from the store to the disk. */
interface Disk extends Closeable {

    /** Opens the file of this name, creating an empty one if there is none. */
    DiskFile open(String name) throws IOException;

    /** Whether a file of this name exists. */
    boolean exists(String name) throws IOException;

    /** Returns when the names of created and renamed files are on the disk itself. */
    void forceNames() throws IOException;

    /** Moves the named files, those that exist, into a new directory beside them, and returns where they are now. */
    String moveAside(Iterable<String> names) throws IOException;

    /** What people call this place, for messages. */
    String description();
}
