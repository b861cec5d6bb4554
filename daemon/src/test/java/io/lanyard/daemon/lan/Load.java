package io.lanyard.daemon.lan;

import io.lanyard.daemon.history.History;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Programs that write and read on every device, all into one history, while they are let. Thread-safe. */
final class Load implements AutoCloseable {
    private static final int DONE_SECONDS = 60;

    private final History history = new History();
    private final AtomicLong numbers = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private final List<LoadClient> clients = new ArrayList<>();
    private final long paceMillis;
    private boolean isRunning;
    private boolean isClosed;
    private int working;
    private Throwable failure;

    /**
     * Makes programs that wait for {@link #resume}.
     *
     * @param paceMillis how long each waits between two requests
     */
    Load(List<Device> devices, int programsEach, long seed, long paceMillis) {
        this.paceMillis = paceMillis;
        for (Device device : devices) {
            for (int program = 0; program < programsEach; program++) {
                String name = "p" + device.host() + program;
                LoadClient client = new LoadClient(
                        device, device.host() - 1, name, seed * 31 + device.host() * 100L + program, history, numbers);
                clients.add(client);
                Thread thread = new Thread(() -> work(client), "load " + name);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }
    }

    History history() {
        return history;
    }

    LoadClient client(int number) {
        return clients.get(number);
    }

    /** Returns how many writes were refused because a disk was full. */
    int refusedAsFull() {
        return clients.stream().mapToInt(LoadClient::refusedAsFull).sum();
    }

    synchronized void resume() {
        isRunning = true;
        notifyAll();
    }

    /** Lets nobody begin anything, and waits until nothing is under way. Fails if a program did. */
    synchronized void pause() throws InterruptedException {
        isRunning = false;
        long deadline = System.nanoTime() + DONE_SECONDS * 1_000_000_000L;
        while (working > 0) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError(working + " programs wait for an answer since " + DONE_SECONDS + " s");
            }
            wait(left);
        }
        if (failure != null) {
            throw new AssertionError("a program failed", failure);
        }
    }

    private void work(LoadClient client) {
        try (client) {
            while (begin()) {
                try {
                    client.act();
                } finally {
                    end();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private synchronized boolean begin() throws InterruptedException {
        long due = System.nanoTime() + paceMillis * 1_000_000;
        for (long left = paceMillis; left > 0 && !isClosed; left = (due - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
        while (!isRunning && !isClosed) {
            wait();
        }
        working += isClosed ? 0 : 1;
        return !isClosed;
    }

    private synchronized void end() {
        working--;
        notifyAll();
    }

    private synchronized void fail(Throwable thrown) {
        failure = failure == null ? thrown : failure;
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            notifyAll();
        }
        threads.forEach(Thread::interrupt);
    }
}
