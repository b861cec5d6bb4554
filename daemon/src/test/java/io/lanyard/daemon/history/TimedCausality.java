package io.lanyard.daemon.history;

/** What can be said from the outside of who had seen what: by when things were sent and answered, and who was cut off. */
final class TimedCausality implements Causality {
    private final History history;

    TimedCausality(History history) {
        this.history = history;
    }

    @Override
    public Seen seen(WriteEvent later, WriteEvent earlier) {
        if (later.isBaseline() || earlier.isBaseline()) {
            return earlier.isBaseline() && !later.isBaseline() ? Seen.YES : Seen.NO;
        }
        if (later.batch() == earlier.batch()) {
            return later.place() > earlier.place() ? Seen.YES : Seen.NO;
        }
        if (earlier.invokedAt() >= later.answeredAt()) {
            return Seen.NO;
        }
        if (history.isRestBetween(earlier.invokedAt(), later.invokedAt())) {
            return Seen.YES;
        }
        return later.device() == earlier.device() ? seenOnOneDevice(later, earlier) : seenAcross(later, earlier);
    }

    private Seen seenOnOneDevice(WriteEvent later, WriteEvent earlier) {
        int device = later.device();
        boolean isPastCertain = history.rollbacks().stream()
                        .noneMatch(rollback -> rollback.device() == device
                                && rollback.since() <= earlier.answeredAt()
                                && rollback.at() <= later.answeredAt()
                                && rollback.at() >= earlier.invokedAt())
                && history.fences().stream()
                        .noneMatch(fence -> fence.device() == device
                                && fence.from() <= later.answeredAt()
                                && fence.to() >= earlier.invokedAt());
        return isPastCertain && earlier.answeredAt() < later.invokedAt() ? Seen.YES : Seen.MAYBE;
    }

    private Seen seenAcross(WriteEvent later, WriteEvent earlier) {
        boolean isApart = history.separations().stream()
                .anyMatch(apart -> apart.isBetween(later.device(), earlier.device())
                        && earlier.invokedAt() >= apart.from()
                        && later.answeredAt() <= apart.to());
        return isApart ? Seen.NO : Seen.MAYBE;
    }
}
