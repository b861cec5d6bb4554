package io.lanyard.daemon.browser;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code /lanyard.js} in Node: its values, its odd moments against a daemon of straw, and its life with a real one. */
class ClientTest {

    @TestFactory
    Stream<DynamicTest> values() throws Exception {
        return NodeRunner.run("unit/values.test.mjs");
    }

    @TestFactory
    Stream<DynamicTest> declarations() throws Exception {
        return NodeRunner.run("unit/declarations.test.mjs");
    }

    @TestFactory
    Stream<DynamicTest> straw() throws Exception {
        return NodeRunner.run("unit/straw.test.mjs");
    }

    @TestFactory
    Stream<DynamicTest> realDaemon() throws Exception {
        return NodeRunner.run("node/client.test.mjs");
    }
}
