package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MapDbStoreTest extends StoreContract {
    @TempDir
    private Path directory;

    @Override
    Store openEmpty() throws Exception {
        return MapDbStore.open(directory.resolve("store"));
    }
}
