package io.lanyard.daemon.lan;

import io.lanyard.daemon.history.History;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Something that goes wrong on a LAN of five under load, and is mended again. */
enum Disruption {
    SPLIT_ONE_FROM_FOUR(true) {
        @Override
        void run(Scene scene) throws IOException {
            split(scene, 1);
        }
    },
    SPLIT_TWO_FROM_THREE(true) {
        @Override
        void run(Scene scene) throws IOException {
            split(scene, 2);
        }
    },
    ONE_WAY(true) {
        @Override
        void run(Scene scene) throws IOException {
            List<Integer> hosts = scene.hosts();
            int mute = hosts.get(0);
            List<Integer> deafTo = hosts.subList(1, 2 + scene.random.nextInt(hosts.size() - 1));
            for (int other : deafTo) {
                scene.lan.oneWay(mute, other, true);
            }
            scene.hold();
            for (int other : deafTo) {
                scene.lan.oneWay(mute, other, false);
            }
        }
    },
    FLAPPING_CABLE(true) {
        @Override
        void run(Scene scene) throws IOException {
            int host = scene.hosts().get(0);
            for (int flap = 0; flap < 5; flap++) {
                scene.lan.cable(host, false);
                scene.wait(100 + scene.random.nextInt(2_000));
                scene.lan.cable(host, true);
                scene.wait(100 + scene.random.nextInt(1_500));
            }
        }
    },
    ADDRESS_CHANGE(true) {
        @Override
        void run(Scene scene) throws IOException {
            int host = scene.hosts().get(0);
            scene.lan.readdress(host, scene.nextAddress());
            scene.hold();
            scene.lan.readdress(host, host);
        }
    },
    MULTICAST_OFF_AND_SPLIT(true) {
        @Override
        void run(Scene scene) throws IOException {
            scene.lan.multicast(false);
            split(scene, 2);
            scene.fleet.awaitMet();
            scene.lan.multicast(true);
        }
    },
    KILL(false) {
        @Override
        void run(Scene scene) throws IOException {
            Device device = scene.fleet.device(scene.hosts().get(0));
            device.kill();
            scene.wait(scene.random.nextInt(4_000));
            device.start();
            device.awaitUp();
        }
    },
    STOP_AND_GO_ON(false) {
        @Override
        void run(Scene scene) throws IOException {
            Device device = scene.fleet.device(scene.hosts().get(0));
            device.stop();
            try {
                scene.hold();
            } finally {
                device.goOn();
            }
        }
    },
    DISK_FULL(false) {
        @Override
        void run(Scene scene) throws IOException {
            Device device = scene.fleet.device(scene.fleet.devices().size());
            device.fillDisk(true);
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> device.status().toString().contains("disk is full"));
                scene.wait(2_000);
                device.get("/api/docs/" + LoadClient.COLLECTION);
            } finally {
                device.fillDisk(false);
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> !device.status().toString().contains("disk is full"));
        }
    };

    /** Whether devices that run cannot reach each other for a while. */
    final boolean isPartition;

    Disruption(boolean isPartition) {
        this.isPartition = isPartition;
    }

    /** Breaks it, holds it so for a while, and mends it. */
    abstract void run(Scene scene) throws IOException;

    /** Cuts the first hosts off the rest. */
    private static void split(Scene scene, int size) throws IOException {
        List<Integer> side = scene.hosts().subList(0, size);
        scene.lan.split(List.of(side));
        long from = System.nanoTime();
        scene.hold();
        long to = System.nanoTime();
        scene.lan.heal();
        scene.history.addSeparation(side.stream().map(host -> host - 1).toList(), from, to);
    }

    /**
     * Where it happens.
     *
     * @param holdMillis how long a thing stays broken
     */
    record Scene(Lan lan, Fleet fleet, History history, Random random, long holdMillis, int[] addresses) {

        /** Returns the hosts in random order. */
        List<Integer> hosts() {
            List<Integer> hosts = new ArrayList<>(
                    IntStream.rangeClosed(1, fleet.devices().size()).boxed().toList());
            Collections.shuffle(hosts, random);
            return hosts;
        }

        int nextAddress() {
            addresses[0] = addresses[0] % 100 + 1;
            return 100 + addresses[0];
        }

        void hold() {
            wait((int) (holdMillis + random.nextInt(2_000)));
        }

        void wait(int millis) {
            long until = System.nanoTime() + millis * 1_000_000L;
            Awaitility.await()
                    .atMost(Duration.ofMillis(millis + 60_000L))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> System.nanoTime() >= until);
        }
    }
}
