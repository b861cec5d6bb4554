package io.lanyard.daemon.store;

import java.io.IOException;
import java.util.concurrent.Executor;

/** The files that are open, the volume over them and the trees in it. */
record Opened(StoreFiles files, JournaledVolume volume, Trees trees) {

    /**
     * Opens what is on the disk at its last commit, or makes an empty store.
     *
     * @throws DamagedFileException if what is there cannot be used
     */
    static Opened open(Disk disk, long segmentBytes, Executor background) throws IOException {
        StoreFiles files = GenerationPointer.open(disk);
        JournaledVolume volume = JournaledVolume.open(disk, files, segmentBytes, background);
        try {
            return new Opened(files, volume, Trees.open(volume));
        } catch (IOException | RuntimeException | AssertionError | IllegalAccessError e) {
            Throwable failure = volume.failure();
            volume.fail(e);
            volume.close();
            if (e instanceof IOException io) {
                throw io;
            }
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            String said = String.valueOf(e.getMessage()).split("\\. ", 2)[0];
            throw new DamagedFileException(e.getClass().getSimpleName() + ": " + said, e);
        }
    }
}
