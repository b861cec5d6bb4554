package io.lanyard.daemon.browser;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Pages in Chromium against a real daemon: those of apps, and those of strangers. */
class BrowserTest {

    @TestFactory
    Stream<DynamicTest> pages() throws Exception {
        return NodeRunner.runInBrowser("browser/page.test.mjs");
    }

    @TestFactory
    Stream<DynamicTest> tutorial() throws Exception {
        return NodeRunner.runInBrowser("browser/tutorial.test.mjs");
    }

    @TestFactory
    Stream<DynamicTest> door() throws Exception {
        return NodeRunner.runInBrowser("browser/door.test.mjs");
    }
}
