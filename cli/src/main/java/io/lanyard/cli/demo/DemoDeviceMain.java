package io.lanyard.cli.demo;

/** placeholder */
final class DemoDeviceMain {
    private DemoDeviceMain() {}
}
