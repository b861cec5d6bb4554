package io.lanyard.daemon.lan;

import io.lanyard.daemon.security.SuiteWatch;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A LAN of hosts 1 to n on this machine. Host i is a network namespace with the interface {@code eth0} and the address
 * 10.77.0.i; the hosts are plugged into the switch {@code br0} of a namespace of its own, which has two more switches for
 * partitions. Names are unique to a run, and {@link #close} takes everything away, as does the end of this process. As an
 * extension of a test class it is taken away after each test.
 */
final class Lan implements AfterEachCallback, AutoCloseable {
    private static final String SUBNET = "10.77.0.";
    private static final String NOBODYS_CARD = "02:00:00:00:00:fe";
    private static final int SWITCHES = 3;
    private static final long COMMAND_SECONDS = 20;

    private final String name;
    private final int hosts;
    private final List<String> namespaces = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final List<Path> disks = new ArrayList<>();
    private final Thread cleanUp = new Thread(this::takeAway, "lan-clean-up");

    private Lan(String name, int hosts) {
        this.name = name;
        this.hosts = hosts;
    }

    /** Builds a LAN, or skips the test, saying why on standard output, where namespaces cannot be made. */
    static Lan open(int hosts) {
        Lan lan = new Lan(
                "lyd"
                        + HexFormat.of()
                                .toHexDigits((short) ThreadLocalRandom.current().nextInt()),
                hosts);
        Runtime.getRuntime().addShutdownHook(lan.cleanUp);
        try {
            lan.addNamespace(lan.switchNamespace());
            lan.build();
        } catch (IOException e) {
            lan.close();
            String reason = "LAN test SKIPPED: it needs root, iproute2 and network namespaces (" + e.getMessage() + ")";
            System.out.println(reason);
            Assumptions.abort(reason);
        }
        return lan;
    }

    private void build() throws IOException {
        for (int bridge = 0; bridge < SWITCHES; bridge++) {
            ip("-n", switchNamespace(), "link", "add", "br" + bridge, "type", "bridge", "mcast_snooping", "0");
            ip("-n", switchNamespace(), "link", "set", "br" + bridge, "up");
        }
        for (int host = 1; host <= hosts; host++) {
            String namespace = namespace(host);
            addNamespace(namespace);
            String[] wire = {"type", "veth", "peer", "name", port(host), "netns", switchNamespace()};
            ip(Stream.concat(Stream.of("link", "add", "eth0", "netns", namespace), Stream.of(wire))
                    .toArray(String[]::new));
            ip("-n", switchNamespace(), "link", "set", port(host), "master", "br0", "up");
            ip("-n", namespace, "link", "set", "lo", "up");
            ip("-n", namespace, "link", "set", "eth0", "up");
            address(host, host);
        }
    }

    /** Returns host i's first address. */
    static String addressOf(int host) {
        return SUBNET + host;
    }

    /** Plugs the hosts of each group into a switch of its own; the others stay where they are. */
    void split(List<List<Integer>> groups) throws IOException {
        for (int i = 0; i < groups.size(); i++) {
            for (int host : groups.get(i)) {
                ip("-n", switchNamespace(), "link", "set", port(host), "master", "br" + (i + 1));
            }
        }
    }

    /** Plugs every host into one switch again. */
    void heal() throws IOException {
        for (int host = 1; host <= hosts; host++) {
            ip("-n", switchNamespace(), "link", "set", port(host), "master", "br0");
        }
    }

    /** Pulls or plugs a host's cable at the switch: the host sees its link go. */
    void cable(int host, boolean plugged) throws IOException {
        ip("-n", switchNamespace(), "link", "set", port(host), plugged ? "up" : "down");
    }

    /**
     * Lets what a host sends to another one by its first address get lost, while the other way is open; or mends that.
     * The host takes a card that nobody has for the other's.
     */
    void oneWay(int from, int to, boolean isCut) throws IOException {
        if (isCut) {
            String[] lost = {"lladdr", NOBODYS_CARD, "dev", "eth0", "nud", "permanent"};
            ip(Stream.concat(Stream.of("-n", namespace(from), "neigh", "replace", addressOf(to)), Stream.of(lost))
                    .toArray(String[]::new));
        } else {
            // The entry may have gone with an address of the host.
            ip("-n", namespace(from), "neigh", "flush", "to", addressOf(to), "dev", "eth0", "nud", "permanent");
        }
    }

    /** Sends a signal to a process that {@link #java} started: {@code STOP} or {@code CONT}. */
    static void signal(Process process, String name) throws IOException {
        run(List.of("kill", "-" + name, Long.toString(process.pid())));
    }

    /** Gives a host another address, as when a laptop roams. */
    void readdress(int host, int newLastByte) throws IOException {
        takeAddress(host);
        address(host, newLastByte);
    }

    /** Takes a host's address away, as when a laptop leaves one network and has not joined the next. */
    void takeAddress(int host) throws IOException {
        ip("-n", namespace(host), "addr", "flush", "dev", "eth0");
    }

    /** Gives a host more addresses, from 10.77.0.{@code first} on; returns them. */
    List<String> moreAddresses(int host, int first, int count) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (int last = first; last < first + count; last++) {
            ip("-n", namespace(host), "addr", "add", SUBNET + last + "/24", "dev", "eth0");
            addresses.add(SUBNET + last);
        }
        return addresses;
    }

    /** Lets the switch pass multicast on, or not, as in an office Wi-Fi. */
    void multicast(boolean passed) throws IOException {
        for (int host = 1; host <= hosts; host++) {
            run(List.of(
                    "bridge",
                    "-n",
                    switchNamespace(),
                    "link",
                    "set",
                    "dev",
                    port(host),
                    "mcast_flood",
                    passed ? "on" : "off"));
        }
    }

    /** Gives a directory a disk of its own of that size. */
    void smallDisk(Path directory, int mebibytes) throws IOException {
        run(List.of("mount", "-t", "tmpfs", "-o", "mode=0700,size=" + mebibytes + "m", name, directory.toString()));
        synchronized (disks) {
            disks.add(directory);
        }
    }

    /** Starts a Java main class of this test's class path on a host; its standard error goes to this one's. */
    Process java(int host, List<String> jvmOptions, Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace(host)));
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m", "-Djdk.serialFilter=!*"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        Process process = SuiteWatch.heard(new ProcessBuilder(command).start());
        synchronized (processes) {
            processes.add(process);
        }
        return process;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        close();
    }

    @Override
    public void close() {
        takeAway();
        Runtime.getRuntime().removeShutdownHook(cleanUp);
    }

    private void takeAway() {
        synchronized (processes) {
            for (Process process : processes) {
                process.destroyForcibly();
                process.onExit()
                        .completeOnTimeout(process, COMMAND_SECONDS, TimeUnit.SECONDS)
                        .join();
            }
            processes.clear();
        }
        synchronized (disks) {
            for (Path disk : disks) {
                try {
                    run(List.of("umount", disk.toString()));
                } catch (IOException e) {
                    System.out.println("LAN clean-up: " + e.getMessage());
                }
            }
            disks.clear();
        }
        synchronized (namespaces) {
            for (String namespace : namespaces) {
                try {
                    ip("netns", "del", namespace);
                } catch (IOException e) {
                    System.out.println("LAN clean-up: " + e.getMessage());
                }
            }
            namespaces.clear();
        }
    }

    private void addNamespace(String namespace) throws IOException {
        ip("netns", "add", namespace);
        synchronized (namespaces) {
            namespaces.add(namespace);
        }
    }

    private void address(int host, int lastByte) throws IOException {
        ip("-n", namespace(host), "addr", "add", SUBNET + lastByte + "/24", "brd", "+", "dev", "eth0");
        ip("-n", namespace(host), "route", "replace", "default", "via", SUBNET + 254, "dev", "eth0");
    }

    private String switchNamespace() {
        return name + "-sw";
    }

    private String namespace(int host) {
        return name + "-" + host;
    }

    private static String port(int host) {
        return "p" + host;
    }

    private static void ip(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        run(command);
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted in " + String.join(" ", command), e);
        } finally {
            process.destroyForcibly();
        }
    }
}
