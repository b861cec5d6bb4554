package io.lanyard.daemon.watch;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.watch.Watchdog.Stuck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WatchdogTest {

    private final List<String> log = new ArrayList<>();
    private final Watchdog watchdog = new Watchdog(log::add);
    private final Heartbeat heartbeat = watchdog.watch("writer", 10_000);
    private long nowMillis = 1_000_000;

    private void lookForSeconds(int seconds) {
        for (int second = 0; second < seconds; second++) {
            nowMillis += 1_000;
            watchdog.look(nowMillis);
        }
    }

    @Test
    void threadWithoutWork_isNeverStuck() {
        lookForSeconds(1_000);
        heartbeat.working();
        heartbeat.idle();
        lookForSeconds(1_000);
        assertEquals(List.of(), watchdog.stuck());
        assertEquals(List.of(), log);
    }

    @Test
    void threadThatBeats_isNotStuckHoweverLongItWorks() {
        for (int second = 0; second < 1_000; second++) {
            heartbeat.working();
            lookForSeconds(9);
        }
        assertEquals(List.of(), watchdog.stuck());
        assertEquals(List.of(), log);
    }

    @Test
    void threadThatDoesNotGetOn_isNamedWithHowLong_andToldOnceWithItsStack() {
        heartbeat.working();
        lookForSeconds(11);
        assertEquals(List.of(), watchdog.stuck(), "10 s since the first look are not more than 10 s");
        lookForSeconds(1);
        assertEquals(List.of(new Stuck("writer", 11_000)), watchdog.stuck());
        lookForSeconds(60);
        assertEquals(List.of(new Stuck("writer", 71_000)), watchdog.stuck());
        assertEquals(1, log.size(), log.toString());
        assertTrue(log.get(0).startsWith("The writer is stuck"), log.get(0));
        assertTrue(log.get(0).contains("\tat ") && log.get(0).contains("WatchdogTest"), log.get(0));
    }

    @Test
    void stuckThread_goesOn_isToldToo_andTheNextTimeAgain() {
        heartbeat.working();
        lookForSeconds(21);
        heartbeat.working();
        lookForSeconds(1);
        assertEquals(List.of(), watchdog.stuck());
        assertEquals("The writer goes on, after 20 s.", log.get(1));
        lookForSeconds(20);
        assertEquals(List.of(new Stuck("writer", 20_000)), watchdog.stuck());
        heartbeat.idle();
        lookForSeconds(1);
        assertEquals(List.of(), watchdog.stuck());
        assertEquals(4, log.size(), log.toString());
    }

    @Test
    void processThatWasStopped_hasNoStuckThreads() {
        heartbeat.working();
        lookForSeconds(2);
        nowMillis += 3_600_000;
        lookForSeconds(2);
        assertEquals(List.of(), watchdog.stuck());
    }

    @Test
    void otherThreads_areJudgedByTheirOwnLimits() {
        Heartbeat sender = watchdog.watch("sender", 30_000);
        heartbeat.working();
        sender.working();
        lookForSeconds(20);
        assertEquals(List.of(new Stuck("writer", 19_000)), watchdog.stuck());
        lookForSeconds(20);
        assertEquals(
                List.of("writer", "sender"),
                watchdog.stuck().stream().map(Stuck::name).toList());
    }

    @Test
    void started_looksByItself_andTellsWhatTheOtherThreadIsAt() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Heartbeat impatient = watchdog.watch("sleeper", 0);
        Thread sleeper = new Thread(
                () -> {
                    impatient.working();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "the-sleeper");
        sleeper.start();
        try (watchdog) {
            watchdog.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> !watchdog.stuck().isEmpty());
            assertEquals("sleeper", watchdog.stuck().get(0).name());
        }
        never.countDown();
        sleeper.join();
        assertTrue(log.get(0).contains("the-sleeper"), log.get(0));
    }
}
