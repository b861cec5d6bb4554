package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Keeps what a cluster said, and waits for what it should say. */
final class RecordingListener implements Cluster.Listener {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    record Received(MemberId from, byte[] message, Set<MemberId> members) {}

    private final List<Received> received = new ArrayList<>();
    private final List<Set<MemberId>> views = new ArrayList<>();
    private boolean blocked;

    @Override
    public synchronized void received(MemberId from, byte[] message) {
        try {
            while (blocked) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        received.add(new Received(from, message, members()));
        notifyAll();
    }

    @Override
    public synchronized void membersChanged(Set<MemberId> others) {
        views.add(others);
        notifyAll();
    }

    /** Makes {@link #received} block, as a stuck node would, until it is called with false. */
    synchronized void block(boolean block) {
        blocked = block;
        notifyAll();
    }

    synchronized Set<MemberId> members() {
        return views.isEmpty() ? Set.of() : views.get(views.size() - 1);
    }

    /** Returns whether the members went away at any time after they had come. */
    synchronized boolean wasAloneAfterwards() {
        return views.size() > 1 && views.subList(1, views.size()).contains(Set.of());
    }

    Set<MemberId> awaitMembers(int count) {
        await("the members to be " + count, listener -> listener.members().size() == count);
        return members();
    }

    List<Received> awaitMessages(int count) {
        await(count + " messages", listener -> listener.received.size() >= count);
        synchronized (this) {
            return List.copyOf(received);
        }
    }

    synchronized int viewCount() {
        return views.size();
    }

    synchronized int messageCount() {
        return received.size();
    }

    synchronized void await(String what, Predicate<RecordingListener> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!condition.test(this)) {
                long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
                if (leftMillis <= 0) {
                    throw new AssertionError("waited " + PATIENCE.toSeconds() + " s for " + what + "; members "
                            + members() + ", " + received.size() + " messages");
                }
                wait(leftMillis);
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for " + what, e);
        }
    }
}
