package io.lanyard.daemon.store;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The thread that forces the main file while commits go on. It lives only while there is something to force. */
final class ForceThread implements Executor {
    private final ThreadPoolExecutor executor =
            new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "lanyard-store-force");
                thread.setDaemon(true);
                return thread;
            });

    ForceThread() {
        executor.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    void close() {
        executor.shutdown();
    }
}
