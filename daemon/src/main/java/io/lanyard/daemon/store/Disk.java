package io.lanyard.daemon.store;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A directory of files that one store has to itself: the only door from the store to the disk. */
interface Disk extends Closeable {

    /** Opens the file of this name, creating an empty one if there is none. */
    DiskFile open(String name) throws IOException;

    /** Whether a file of this name exists. */
    boolean exists(String name) throws IOException;

    /** The names of all files in it. */
    List<String> names() throws IOException;

    /**
     * Removes a file, if there is one, and gives its space back. A system that keeps mapped files may leave it there for
     * the time being. Not durable before {@link #forceNames()}.
     */
    void delete(String name) throws IOException;

    /** How many bytes can still be written, as far as is known. */
    long freeBytes() throws IOException;

    /** Returns when the names of created and renamed files are on the disk itself. */
    void forceNames() throws IOException;

    /** The name of a directory beside the files that does not exist yet, for files that are to be moved aside. */
    String freshAside() throws IOException;

    /** Where people find the directory of this name. */
    String whereIs(String aside);

    /** Moves the named files, those that exist, into the directory of this name, made if need be; durable on return. */
    void moveAside(String aside, Iterable<String> names) throws IOException;

    /** Whether the file system takes no writes at all, as far as that is known. */
    boolean isReadOnly();

    /** What people call this place, for messages. */
    String description();
}
