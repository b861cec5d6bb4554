package io.lanyard.daemon.security;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Lets {@link SuiteWatch} look into the directories of each test while they are there. Registered for all tests. */
public final class SuiteHomes implements AfterEachCallback, AfterAllCallback {
    @Override
    public void afterEach(ExtensionContext test) {
        SuiteWatch.lookNow();
    }

    @Override
    public void afterAll(ExtensionContext tests) {
        SuiteWatch.lookNow();
    }
}
