package io.lanyard.daemon.mutants;

import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs one test in a process whose class path begins with a mutant: ends with 1 if the test noticed it. */
final class MutantRunner {

    static final int SURVIVED = 0;
    static final int NOTICED = 1;
    static final int NOTHING_RUN = 3;

    private MutantRunner() {}

    /** Takes {@code class} or {@code class#method}. */
    public static void main(String[] args) {
        String test = args[0];
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(
                        test.contains("#")
                                ? DiscoverySelectors.selectMethod(test)
                                : DiscoverySelectors.selectClass(test))
                .build();
        Launcher launcher = LauncherFactory.create();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        launcher.execute(request, listener);
        var summary = listener.getSummary();
        summary.getFailures().stream()
                .limit(1)
                .forEach(failure ->
                        System.out.println(failure.getTestIdentifier().getDisplayName() + ": "
                                + String.valueOf(failure.getException())
                                        .lines()
                                        .findFirst()
                                        .orElse("")));
        boolean hasRun = summary.getTestsStartedCount() > 0;
        System.exit(summary.getTotalFailureCount() > 0 ? NOTICED : hasRun ? SURVIVED : NOTHING_RUN);
    }
}
