package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.Store;

class MemoryStoreTest extends StoreContract {

    @Override
    Store openEmpty() {
        return new MemoryStore();
    }
}
