package io.lanyard.daemon.cluster;

import java.net.Inet4Address;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The choice of the address that this daemon is reached at, from what the machine has. Pure.
 *
 * <p>Only IPv4: daemons find each other within one LAN, where every machine has it. Without an address of a LAN the choice
 * is loopback, so that several daemons on one machine still meet.
 */
sealed interface LanAddress {
    /** An address to bind to. */
    record Found(Inet4Address address) implements LanAddress {}

    /** Nothing to bind to now, with one clause saying why. */
    record Missing(String reason) implements LanAddress {}

    /** One network interface of this machine. */
    record Nic(
            String name,
            boolean up,
            boolean loopback,
            boolean pointToPoint,
            boolean multicast,
            List<Inet4Address> addresses) {}

    /** What the machine has: its interfaces, and the address it would reach the rest of the world from. */
    record Network(List<Nic> nics, Optional<Inet4Address> defaultRoute) {
        boolean has(Inet4Address address) {
            return nics.stream().anyMatch(nic -> nic.addresses().contains(address));
        }
    }

    /** Where to read the network from, as it is now. */
    @FunctionalInterface
    interface Source {
        Network read() throws SocketException;
    }

    /** Interfaces that lead to containers, virtual machines and tunnels, not to other workstations. */
    Pattern VIRTUAL = Pattern.compile("(docker|br-|veth|virbr|vmnet|vboxnet|lxc|tun|tap|wg|utun|tailscale|zt).*");

    /** Chooses for a daemon that was bound to {@code bind}, or to nothing in particular. */
    static LanAddress choose(Network network, Optional<String> bind) {
        return bind.map(wanted -> chooseBound(network, wanted)).orElseGet(() -> chooseFree(network));
    }

    private static LanAddress chooseBound(Network network, String wanted) {
        Optional<Nic> named =
                network.nics().stream().filter(nic -> nic.name().equals(wanted)).findFirst();
        if (named.isPresent()) {
            return best(named.get().addresses())
                    .<LanAddress>map(Found::new)
                    .orElseGet(() -> new Missing("the interface " + wanted + " has no IPv4 address"));
        }
        return network.nics().stream()
                .flatMap(nic -> nic.addresses().stream())
                .filter(address -> address.getHostAddress().equals(wanted))
                .findFirst()
                .<LanAddress>map(Found::new)
                .orElseGet(
                        () -> new Missing("no interface of this machine is named " + wanted + " or has that address"));
    }

    private static LanAddress chooseFree(Network network) {
        Predicate<Nic> usable = nic -> nic.up() && !nic.loopback() && !nic.pointToPoint() && nic.multicast();
        Stream<Nic> routed = network.nics().stream()
                .filter(nic ->
                        network.defaultRoute().filter(nic.addresses()::contains).isPresent());
        Stream<Nic> real = network.nics().stream()
                .filter(nic -> !VIRTUAL.matcher(nic.name()).matches());
        return Stream.concat(routed, real)
                .filter(usable)
                .map(nic -> bestOf(nic, network.defaultRoute()))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> loopback(network))
                .<LanAddress>map(Found::new)
                .orElseGet(() -> new Missing("this machine has no network interface that is up"));
    }

    /** Of an interface with several private addresses, the one that the default route uses. */
    private static Optional<Inet4Address> bestOf(Nic nic, Optional<Inet4Address> defaultRoute) {
        return defaultRoute
                .filter(nic.addresses()::contains)
                .filter(LanAddress::isPrivate)
                .or(() -> best(nic.addresses()).filter(LanAddress::isPrivate));
    }

    private static Optional<Inet4Address> best(List<Inet4Address> addresses) {
        return Stream.<Predicate<Inet4Address>>of(
                        Inet4Address::isSiteLocalAddress, Inet4Address::isLinkLocalAddress, address -> true)
                .flatMap(kind -> addresses.stream().filter(kind))
                .findFirst();
    }

    /** A public address is used only when asked for: a workstation that has one is seldom meant to be found by it. */
    private static boolean isPrivate(Inet4Address address) {
        return address.isSiteLocalAddress() || address.isLinkLocalAddress();
    }

    private static Optional<Inet4Address> loopback(Network network) {
        return network.nics().stream()
                .filter(Nic::loopback)
                .flatMap(nic -> nic.addresses().stream())
                .filter(Inet4Address::isLoopbackAddress)
                .findFirst();
    }
}
