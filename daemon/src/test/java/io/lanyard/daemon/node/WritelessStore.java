package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.UnwritableException;
import io.lanyard.daemon.engine.Store.UnwritableException.Reason;
import io.lanyard.daemon.store.MemoryStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.OptionalLong;

/** A store in memory on a disk that fills up, fails and recovers on command. */
final class WritelessStore {

    private final MemoryStore memory = new MemoryStore();
    /** Why the disk takes nothing now, null if it does. */
    volatile Reason fault;
    /** Lets so many commits pass before the fault is met. */
    volatile int commitsLeft;

    volatile long freeBytes = 1L << 40;
    volatile int failedCommits;
    volatile int recoveries;
    private volatile boolean hasFailed;

    /** Returns the store. */
    Store store() {
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "commit" -> beforeCommit((ChangeSet) arguments[0]);
                        case "recover" -> recover();
                        case "freeBytes" -> {
                            return OptionalLong.of(freeBytes);
                        }
                        default -> {
                            // Reads go on.
                        }
                    }
                    return invoke(method, arguments);
                });
    }

    private Object invoke(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(memory, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void beforeCommit(ChangeSet changes) throws IOException {
        if (fault != null && commitsLeft-- > 0) {
            return;
        }
        if (fault != null || hasFailed) {
            hasFailed = true;
            failedCommits++;
            throw refusal();
        }
    }

    private void recover() throws IOException {
        if (fault != null && commitsLeft <= 0) {
            throw refusal();
        }
        if (hasFailed) {
            recoveries++;
        }
        hasFailed = false;
    }

    private UnwritableException refusal() {
        Reason reason = fault == null ? Reason.IO_ERROR : fault;
        return new UnwritableException(reason, "there is no room left in a test (No space left on device)", null);
    }
}
