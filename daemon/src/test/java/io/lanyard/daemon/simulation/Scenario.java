package io.lanyard.daemon.simulation;

import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Effect.Acknowledge;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Commit;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Settings;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Page;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One random life of a cluster: programs write while everything goes wrong, then everything is mended, and all must
 * become equal within bounded time.
 */
final class Scenario implements Cluster.Mishaps {
    private static final int LEAST_EVENTS = 300;
    private static final int LEAST_WRITES = 30;
    private static final long HOUR_MILLIS = 3_600_000L;
    private static final long ABSENCE_MILLIS = 400 * 24 * HOUR_MILLIS;
    private static final int MOST_STATIONS = 10;
    private static final long YEAR_MILLIS = 365 * 24 * HOUR_MILLIS;

    final Cluster cluster;
    private final SplittableRandom random;
    private final Writing writing;
    private final SplittableRandom countingRandom;
    final Counting counting;
    private final boolean isCounting;
    private final int crashPerMille;
    private final int pausePerMille;
    private final int commitFailurePerMille;
    private final boolean disksFail;
    private boolean isServerDoomed;
    private boolean isOver;
    /** How the conflict journals stood at the end. */
    LostValues lostValues;
    /** How often the history was in doubt. */
    int doubts;

    Scenario(long seed, Consumer<String> trace) {
        cluster = new Cluster(seed);
        cluster.trace = trace;
        cluster.mishaps = this;
        random = cluster.random.split();
        writing = new Writing(cluster, random.split());
        // A random of its own, so that the other seeds stay as they were.
        countingRandom = new SplittableRandom(~seed);
        counting = new Counting(cluster, countingRandom.split());
        isCounting = seed % 3 == 0;
        cluster.maxViewLagMillis = 1 + random.nextLong(random.nextBoolean() ? 100 : 1_500);
        cluster.network.maxDelayMillis = 1 + random.nextLong(random.nextBoolean() ? 5 : 60);
        cluster.network.lossPercent = random.nextInt(3) == 0 ? random.nextInt(30) : random.nextInt(3);
        cluster.network.duplicatePercent = random.nextInt(10);
        crashPerMille = random.nextInt(3) == 0 ? 0 : random.nextInt(10);
        pausePerMille = random.nextInt(3) == 0 ? random.nextInt(100) : 5;
        commitFailurePerMille = random.nextInt(3) == 0 ? random.nextInt(10) : 0;
        disksFail = random.nextInt(3) != 0;
        int pageBytes = random.nextInt(4) == 0 ? 2_000 : 100 + random.nextInt(400);
        int pageScan = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 50;
        int count = 2 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            Station station = cluster.add(Cluster.settings("device" + i, pageBytes, pageScan));
            if (random.nextInt(4) == 0) {
                setClock(station);
            }
            if (random.nextInt(5) != 0) {
                cluster.start(station);
            }
        }
    }

    /** Runs to the end; throws a {@link Violation} if a promise is broken on the way. */
    void run() {
        while (cluster.events < LEAST_EVENTS || cluster.ledger.entries().size() < LEAST_WRITES) {
            act();
            count();
            cluster.run(random.nextLong(random.nextInt(6) == 0 ? 400 : 25));
            if (random.nextInt(30) == 0) {
                checkWhole();
            }
        }
        Ending ending = new Ending(cluster, random);
        lostValues = ending.run(() -> isOver = true);
        doubts = ending.doubts;
        counting.judge(cluster.stations.stream()
                .filter(station -> !station.isGoneForEver)
                .toList());
    }

    private void count() {
        Station station = cluster.stations.get(countingRandom.nextInt(cluster.stations.size()));
        if (isCounting && station.isUp() && countingRandom.nextInt(3) != 0) {
            counting.write(station);
        }
    }

    private void checkWhole() {
        for (Station station : cluster.stations) {
            if (station.isUp() && !station.isBusy()) {
                cluster.checks.whole(station.disk, station.engine.status().digest());
            }
        }
    }

    private void act() {
        int what = random.nextInt(1_000);
        Station station = cluster.stations.get(random.nextInt(cluster.stations.size()));
        if (!station.isUp()) {
            if (!station.isGoneForEver && random.nextInt(5) == 0) {
                cluster.occurred(Fault.RESTART);
                cluster.start(station);
            }
        } else if (station.drawer != null && random.nextInt(20) == 0) {
            exchangeWithDrawer(station);
        } else if (what < 700) {
            writing.write(station);
        } else if (what < 760) {
            partition();
        } else if (what < 800) {
            cluster.network.mendAll();
            cluster.refreshViews();
        } else if (what < 830) {
            cluster.occurred(Fault.CRASH_BETWEEN_STEPS);
            crash(station);
        } else if (what < 840) {
            closeCleanly(station);
        } else if (what < 860) {
            isServerDoomed = true;
        } else if (what < 880) {
            cluster.occurred(Fault.RECONNECT_UNDER_NEW_NAME);
            cluster.join(station);
        } else if (what < 895) {
            setClock(station);
        } else if (what < 900) {
            retire(station);
        } else if (what < 928) {
            cluster.copyDisk(station);
        } else if (what < 930) {
            passManyDays();
        } else if (disksFail) {
            failDisk(station, what);
        }
    }

    private void failDisk(Station station, int what) {
        if (what < 970 && !station.copies.isEmpty()) {
            rollBack(station);
        } else if (what < 973) {
            exchangeWithDrawer(station);
        } else if (what < 980) {
            if (cluster.stations.size() < 8 && random.nextInt(3) == 0) {
                cloneDisk(station);
            }
        } else if (what < 985) {
            cluster.occurred(Fault.DISK_LOST);
            cluster.crash(station);
            station.disk = new Disk();
            station.disk.wasRolledBack = true;
            station.copies.clear();
        } else if (what < 990) {
            joinLate();
        } else if (what < 994 && cluster.stations.stream().noneMatch(other -> other.disk.isDamaged)) {
            cluster.occurred(Fault.STORE_LOST_DATA);
            cluster.crash(station);
            station.disk.loseSome(random);
            cluster.start(station);
        }
    }

    /** A device that is new to all, with or without something that was written before it met anybody. */
    private void joinLate() {
        if (cluster.stations.size() >= MOST_STATIONS) {
            return;
        }
        cluster.occurred(Fault.JOINED_LATE);
        Settings like = cluster.stations.get(0).settings;
        Station newcomer =
                cluster.add(Cluster.settings("device" + cluster.stations.size(), like.pageBytes(), like.pageScan()));
        if (random.nextBoolean()) {
            cluster.occurred(Fault.JOINED_LATE_WITH_DATA);
            cutOff(newcomer);
            cluster.start(newcomer);
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                writing.write(newcomer);
                cluster.run(3);
            }
        } else {
            cluster.start(newcomer);
        }
    }

    /** Somebody says that a device does not count any more, mostly one that is not there. */
    private void retire(Station station) {
        List<Station> others =
                cluster.stations.stream().filter(other -> other != station).toList();
        List<Station> away = others.stream().filter(other -> !other.isUp()).toList();
        List<Station> among = away.isEmpty() || random.nextInt(3) == 0 ? others : away;
        cluster.retire(
                station,
                among.get(random.nextInt(among.size())).settings.device().id());
    }

    /** Much time passes. Who is switched off meanwhile is away for long. */
    private void passManyDays() {
        cluster.skippedMillis += ABSENCE_MILLIS;
        if (cluster.stations.stream().anyMatch(station -> !station.isUp() && !station.isGoneForEver)) {
            cluster.occurred(Fault.AWAY_FOR_400_DAYS);
        }
    }

    private void crash(Station station) {
        cluster.crash(station);
        if (random.nextBoolean()) {
            cluster.after(random.nextLong(500), () -> {
                if (!station.isUp() && !station.isGoneForEver && !isOver) {
                    cluster.occurred(Fault.RESTART);
                    cluster.start(station);
                }
            });
        }
    }

    private void closeCleanly(Station station) {
        if (!station.isBusy() && station.inbox.isEmpty()) {
            cluster.occurred(Fault.CLEAN_CLOSE);
            cluster.crash(station);
            cluster.copyDisk(station);
        }
    }

    private void rollBack(Station station) {
        boolean wasUp = station.isUp() && random.nextBoolean();
        Disk older = station.copies.get(random.nextInt(station.copies.size())).copy();
        int lost = station.disk.ownWrites - older.ownWrites;
        cluster.occurred(wasUp ? Fault.ROLLED_BACK_RUNNING_DISK : Fault.ROLLED_BACK_CLOSED_DISK);
        cluster.crash(station);
        station.disk = older;
        station.disk.wasRolledBack = true;
        if (random.nextBoolean()) {
            cutOff(station);
        }
        cluster.start(station);
        if (random.nextBoolean()) {
            int more = Math.max(0, Math.min(lost, 8)) + 1 + random.nextInt(3);
            for (int i = 0; i < more; i++) {
                writing.write(station);
                cluster.run(3);
            }
            if (lost > 0) {
                cluster.occurred(Fault.MORE_WRITES_THAN_LOST);
            }
        }
    }

    /** A copy runs in the place of its original, which lies in a drawer with all that it had not sent; or they change places. */
    private void exchangeWithDrawer(Station station) {
        if (station.drawer == null && station.copies.isEmpty()) {
            return;
        }
        Disk other = station.drawer == null
                ? station.copies.get(random.nextInt(station.copies.size())).copy()
                : station.drawer;
        cluster.occurred(station.drawer == null ? Fault.COPY_IN_ITS_PLACE : Fault.ORIGINAL_IS_BACK);
        cluster.crash(station);
        station.drawer = station.disk;
        station.disk = other;
        station.drawer.wasRolledBack = true;
        station.disk.wasRolledBack = true;
        cluster.start(station);
    }

    private void cloneDisk(Station station) {
        Disk disk = station.copies.isEmpty() || random.nextBoolean()
                ? station.disk.copy()
                : station.copies.get(random.nextInt(station.copies.size())).copy();
        if (disk.isDamaged) {
            // Two that lost the same, and know nobody else, go on with what is left.
            return;
        }
        cluster.occurred(Fault.CLONED_DISK);
        // Whoever is live beside another of the same name is kept out of the group until it has a name of its own.
        Settings same = station.settings;
        Station clone =
                cluster.add(Cluster.settings("device" + cluster.stations.size(), same.pageBytes(), same.pageScan()));
        clone.wallOffsetMillis = station.wallOffsetMillis;
        clone.disk = disk;
        cluster.start(clone);
    }

    private void setClock(Station station) {
        long before = station.wallOffsetMillis;
        switch (random.nextInt(6)) {
            case 0 -> {
                cluster.occurred(Fault.CLOCK_OFF_BY_AN_HOUR);
                station.wallOffsetMillis = random.nextBoolean() ? HOUR_MILLIS : -HOUR_MILLIS;
            }
            case 1 -> {
                cluster.occurred(Fault.CLOCK_OFF_BY_A_YEAR);
                station.wallOffsetMillis = random.nextBoolean() ? YEAR_MILLIS : -YEAR_MILLIS;
            }
            case 2 -> station.wallOffsetMillis = 0;
            default -> station.wallOffsetMillis += random.nextLong(2_000) - 1_000;
        }
        if (station.wallOffsetMillis < before) {
            cluster.occurred(Fault.CLOCK_STEPPED_BACK);
        }
    }

    private void partition() {
        List<Station> all = cluster.stations;
        switch (random.nextInt(3)) {
            case 0 -> {
                cluster.occurred(Fault.PARTITION);
                long side = random.nextLong();
                eachPair((from, to) -> (side >> from.slot & 1) != (side >> to.slot & 1));
            }
            case 1 -> {
                cluster.occurred(Fault.OVERLAPPING_PARTITION);
                int between = random.nextInt(all.size());
                eachPair((from, to) ->
                        from.slot < between && to.slot > between || from.slot > between && to.slot < between);
            }
            default -> {
                cluster.occurred(Fault.ONE_WAY_CUT);
                Station deaf = all.get(random.nextInt(all.size()));
                int share = 1 + random.nextInt(2);
                eachPair((from, to) -> to == deaf && from.slot % share == 0);
            }
        }
        cluster.refreshViews();
    }

    private interface Cut {
        boolean isBetween(Station from, Station to);
    }

    private void eachPair(Cut cut) {
        for (Station from : cluster.stations) {
            for (Station to : cluster.stations) {
                if (from != to && cut.isBetween(from, to)) {
                    cluster.network.cut(from, to);
                }
            }
        }
    }

    private void cutOff(Station station) {
        eachPair((from, to) -> from == station || to == station);
        cluster.refreshViews();
    }

    @Override
    public boolean crashesBefore(Station station, Effect effect) {
        if (effect instanceof Broadcast broadcast && broadcast.message() instanceof LiveWrite) {
            station.isCommitDue = true;
        } else if (effect instanceof Acknowledge) {
            station.isAcknowledgeDue = true;
        }
        boolean crashes = !isOver && random.nextInt(1_000) < crashPerMille;
        if (crashes) {
            cluster.occurred(Fault.CRASH_WITHIN_STEP);
            if (effect instanceof Commit && station.isCommitDue) {
                cluster.occurred(Fault.CRASH_BETWEEN_BROADCAST_AND_COMMIT);
            }
            if (effect instanceof Acknowledge) {
                cluster.occurred(Fault.CRASH_BETWEEN_COMMIT_AND_ACKNOWLEDGE);
            }
            int life = station.life + 1;
            cluster.after(random.nextLong(500), () -> {
                if (station.life == life && !station.isGoneForEver && !isOver) {
                    cluster.occurred(Fault.RESTART);
                    cluster.start(station);
                }
            });
        }
        return crashes;
    }

    @Override
    public long pauseBefore(Station station, Effect effect) {
        if (random.nextInt(1_000) >= pausePerMille) {
            return 0;
        }
        if (effect instanceof Commit) {
            cluster.occurred(Fault.SLOW_COMMIT);
        }
        return 1 + random.nextLong(100);
    }

    @Override
    public Cluster.CommitOutcome commits(Station station, Commit commit) {
        if (isOver || random.nextInt(1_000) >= commitFailurePerMille) {
            return Cluster.CommitOutcome.DONE;
        }
        return random.nextBoolean() ? Cluster.CommitOutcome.FAILED_AND_LOST : Cluster.CommitOutcome.FAILED_BUT_THERE;
    }

    @Override
    public void done(Station station, Effect effect) {
        if (effect instanceof Commit) {
            station.isCommitDue = false;
        }
        if (isServerDoomed
                && !isOver
                && effect instanceof Send send
                && send.message() instanceof Page page
                && !page.isTail()
                && !page.documents().isEmpty()
                && random.nextInt(3) == 0) {
            isServerDoomed = false;
            cluster.occurred(Fault.SERVER_DIED_IN_WALK);
            cluster.crash(station);
            if (disksFail && random.nextInt(3) != 0 && living() > 1) {
                cluster.occurred(Fault.SERVER_DIED_IN_WALK_FOR_EVER);
                station.isGoneForEver = true;
            }
        }
    }

    private long living() {
        return cluster.stations.stream()
                .filter(station -> !station.isGoneForEver)
                .count();
    }
}
