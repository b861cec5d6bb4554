package io.lanyard.daemon.node;

import io.lanyard.daemon.node.Node.NodeListener;
import io.lanyard.daemon.node.Node.Registration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to be told what happens to a replica. Thread-safe; tells on the caller's thread. */
final class Audience {

    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);

    private final List<Runnable> commitListeners = new CopyOnWriteArrayList<>();
    private final List<NodeListener> eventListeners = new CopyOnWriteArrayList<>();

    Registration onCommit(Runnable listener) {
        commitListeners.add(listener);
        return () -> commitListeners.remove(listener);
    }

    Registration onEvent(NodeListener listener) {
        eventListeners.add(listener);
        return () -> eventListeners.remove(listener);
    }

    void committed() {
        commitListeners.forEach(Audience::tell);
    }

    void peersChanged() {
        eventListeners.forEach(listener -> tell(listener::peersChanged));
    }

    void conflictsFound(List<JournaledConflict> conflicts) {
        eventListeners.forEach(listener -> tell(() -> conflicts.forEach(listener::conflictFound)));
    }

    /** A listener that fails is a bug of its own, and must not stop replication. */
    private static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.error("A listener failed; it may have missed something.", e);
        }
    }
}
