package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.node.Node.Check;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The checks that were asked for since the start, the newest {@value #MAX_KEPT} of them. Thread-safe. */
final class Checks {

    private static final int MAX_KEPT = 16;

    private final Map<Long, Check> byNumber = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Check> eldest) {
            return size() > MAX_KEPT;
        }
    };

    private long lastNumber;

    synchronized Check add(CompletableFuture<VerifyReport> report) {
        Check check = new Check(++lastNumber, report);
        byNumber.put(check.number(), check);
        return check;
    }

    synchronized Optional<Check> find(long number) {
        return Optional.ofNullable(byNumber.get(number));
    }
}
