package io.lanyard.daemon.lan;

import io.lanyard.daemon.lan.SocketHttp.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets five devices write for long, and prints how heap and files go. Not part of the build. {@code -Dsoak.minutes=N}
 * (30), {@code -Dsoak.rate=N} writes a second on each device (200), {@code -Dsoak.documents=N} (2,000): the load creates,
 * overwrites and deletes over that many, and no more. {@code -Dsoak.every=SECONDS} (60) between two lines.
 */
class SoakFigure {
    private static final int HOSTS = 5;
    private static final int PROGRAMS_EACH = 4;

    private final int minutes = Integer.getInteger("soak.minutes", 30);
    private final int rate = Integer.getInteger("soak.rate", 200);
    private final int documents = Integer.getInteger("soak.documents", 2_000);
    private final int everySeconds = Integer.getInteger("soak.every", 60);
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(HOSTS);

    @AfterEach
    void stopWriting() {
        isOver.set(true);
    }

    @Test
    @Timeout(value = 24, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void fiveDevices_writingForLong_stayAsTheyAre() throws Exception {
        Fleet fleet = Fleet.start(lan, HOSTS, directory);
        fleet.awaitMet();
        List<Thread> threads = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        for (Device device : fleet.devices()) {
            for (int program = 0; program < PROGRAMS_EACH; program++) {
                long seed = device.host() * 10L + program;
                Thread thread = new Thread(() -> work(device, seed, end), "soak " + device + "." + program);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }
        print(fleet, 0);
        for (int line = 1; (long) line * everySeconds <= minutes * 60L; line++) {
            awaitNanos(end - TimeUnit.MINUTES.toNanos(minutes) + TimeUnit.SECONDS.toNanos((long) line * everySeconds));
            print(fleet, line * everySeconds);
        }
        isOver.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println("Soak: over, equal after " + fleet.awaitEqual() + " ms");
        print(fleet, minutes * 60);
    }

    private void print(Fleet fleet, int seconds) throws IOException {
        StringBuilder line = new StringBuilder("Soak: " + seconds + " s, " + written + " writes (" + refused
                + " of what was not there); heap and files in MiB:");
        for (Device device : fleet.devices()) {
            line.append(String.format(" %.1f/%.1f", device.heapBytes() / 1048576.0, device.fileBytes() / 1048576.0));
        }
        System.out.println(line);
    }

    private static void awaitNanos(long deadline) {
        for (long left = deadline - System.nanoTime(); left > 0; left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void work(Device device, long seed, long end) {
        Random random = new Random(seed);
        long gapNanos = 1_000_000_000L * PROGRAMS_EACH / rate;
        long due = System.nanoTime() + random.nextInt((int) gapNanos);
        try (SocketHttp http = new SocketHttp(device.socket())) {
            while (!isOver.get() && System.nanoTime() < end) {
                awaitNanos(due);
                due = Math.max(due + gapNanos, System.nanoTime() - 1_000_000_000L);
                String path = "/api/docs/soak/d-" + random.nextInt(documents);
                int choice = random.nextInt(10);
                String body = "{\"by\":\"" + device + "\",\"number\":" + random.nextInt() + ",\"f" + random.nextInt(8)
                        + "\":\"" + Long.toHexString(random.nextLong()) + "\"}";
                Answer answer = choice == 0
                        ? http.send("DELETE", path, device.token(), null)
                        : http.send(choice < 5 ? "PUT" : "PATCH", path, device.token(), body);
                (answer.isSuccess() ? written : refused).incrementAndGet();
            }
        } catch (IOException e) {
            throw new IllegalStateException("load on " + device, e);
        }
    }
}
