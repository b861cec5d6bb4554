package io.lanyard.daemon;

import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.ClusterStatus;
import io.lanyard.daemon.cluster.JGroupsCluster;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.pairing.Desk;
import io.lanyard.daemon.pairing.Invitation;
import io.lanyard.daemon.pairing.Inviter;
import io.lanyard.daemon.pairing.Joiner;
import io.lanyard.daemon.pairing.Network;
import io.lanyard.daemon.pairing.Pairing;
import io.lanyard.daemon.pairing.PairingException;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.pairing.PairingLimits;
import io.lanyard.daemon.security.Admittance;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.MalformedStatementException;
import io.lanyard.daemon.security.Member;
import io.lanyard.daemon.security.MemberBook;
import io.lanyard.daemon.security.NotAdminException;
import io.lanyard.daemon.security.PairingCode;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ties pairing to this device's home, replica and cluster.
 *
 * <p>Going to another group has three steps, in this order: nothing is heard of the group that is left any more; the files
 * of the home are exchanged, all or none; the replica and then the cluster follow. A crash before the second leaves this
 * device in its old group; after it, the next start goes on with the third, because the replica is told at every start
 * in which group it is.
 */
final class GroupPairing implements Desk, Pairing, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupPairing.class);
    private static final long FOLLOW_SECONDS = 5;
    /** As many as go into a frame's text. */
    private static final int MAX_ADDRESSES = 12;

    private final Device device;
    private final GroupHome home;
    private final Node node;
    private final JGroupsCluster cluster;
    private final KnownPeers known;
    private final Inviter inviter;
    private final Joiner joiner;

    private GroupPairing(
            Device device,
            GroupHome home,
            Node node,
            JGroupsCluster cluster,
            ClusterSettings settings,
            KnownPeers known) {
        this.device = device;
        this.home = home;
        this.node = node;
        this.cluster = cluster;
        this.known = known;
        Network network =
                new Network(cluster::lanAddress, Network.DEFAULT_PORT, settings.multicastPort(), settings.multicast());
        SecureRandom random = new SecureRandom();
        inviter = new Inviter(this, network, InstantSource.system(), random, PairingLimits.USUAL);
        joiner = new Joiner(this, network, random, PairingLimits.USUAL);
    }

    /** Tells the replica in which group this device is, and is ready to pair. */
    static GroupPairing start(
            Device device,
            GroupHome home,
            Node node,
            JGroupsCluster cluster,
            ClusterSettings settings,
            KnownPeers known) {
        GroupPairing pairing = new GroupPairing(device, home, node, cluster, settings, known);
        pairing.tellReplica();
        return pairing;
    }

    private CompletableFuture<Void> tellReplica() {
        MemberBook book = home.book();
        boolean isFounder = book.members().get(0).id().equals(device.id());
        return node.belong(book.networkName(), isFounder);
    }

    @Override
    public Person self() {
        return new Person(device.id(), device.name(), home.book().networkName());
    }

    @Override
    public SSLContext newTlsContext() {
        return home.identity().newOpenTlsContext();
    }

    @Override
    public Optional<String> clusterAddress() {
        ClusterStatus status = cluster.status();
        return status.address()
                .map(own -> Stream.concat(Stream.of(own), status.members().values().stream())
                        .filter(address -> !address.equals("?"))
                        .limit(MAX_ADDRESSES)
                        .collect(Collectors.joining(",")));
    }

    @Override
    public byte[] admit(PublicKey key, Person newcomer, boolean admin) throws PairingException {
        MemberBook book = home.book();
        if (newcomer.id().equals(device.id())) {
            throw new PairingException(Reason.ALREADY_MEMBER, "a device cannot invite itself", "");
        }
        if (book.isRevoked(newcomer.id())) {
            throw new PairingException(Reason.REVOKED, "its key was revoked", "");
        }
        if (book.isMember(newcomer.id()) && newcomer.group().equals(book.networkName())) {
            throw new PairingException(Reason.ALREADY_MEMBER, "it is a member", "");
        }
        try {
            return home.admit(key, newcomer.name(), admin ? Role.ADMIN : Role.MEMBER)
                    .encode();
        } catch (NotAdminException | IdentityException e) {
            LOG.warn("{} ({}) cannot be admitted: {}", newcomer.name(), newcomer.id(), e.getMessage());
            throw new PairingException(Reason.NOT_ADMITTED, e.getMessage(), "", e);
        }
    }

    @Override
    public void adopt(byte[] admittance, Person from, String address) throws PairingException {
        cluster.leave();
        try {
            home.adopt(Admittance.decode(admittance));
        } catch (MalformedStatementException | IdentityException e) {
            cluster.rejoin(home.identity());
            throw new PairingException(
                    Reason.NOT_ADOPTED,
                    "This device was admitted, but could not go there: " + e.getMessage(),
                    "it stays in its group; mend that and join again with the same code",
                    e);
        }
        inviter.endAll();
        follow(home.identity(), peers(address));
    }

    /** Goes on in the group of the home; what holds the replica up does not keep this device from being a member. */
    private void follow(DeviceIdentity identity, List<PeerAddress> peers) {
        known.keep(peers);
        CompletableFuture<Void> followed = tellReplica().handle((nothing, failure) -> {
            if (failure != null) {
                LOG.warn("the replica follows into the new group as soon as it can", failure);
            }
            peers.forEach(cluster::addPeer);
            cluster.rejoin(identity);
            return null;
        });
        try {
            followed.get(FOLLOW_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LOG.info("the replica is busy with what it holds; it follows into the new group after that");
        } catch (ExecutionException e) {
            throw new IllegalStateException("following into the new group failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Without multicast a joiner needs the coordinator's address, too, which need not be the inviter. */
    private static List<PeerAddress> peers(String addresses) {
        try {
            return Stream.of(addresses.split(","))
                    .filter(address -> !address.isEmpty())
                    .limit(MAX_ADDRESSES)
                    .map(PeerAddress::parse)
                    .toList();
        } catch (IllegalArgumentException e) {
            LOG.debug("the inviter's addresses are none", e);
            return List.of();
        }
    }

    @Override
    public Standing standing() {
        MemberBook book = home.book();
        List<Person> others = book.members().stream()
                .filter(member -> !member.isRevoked() && !member.id().equals(device.id()))
                .map(GroupPairing::person)
                .toList();
        List<Person> admins = book.admins().stream().map(GroupPairing::person).toList();
        return new Standing(self(), book.groupName(), home.isAdmin(), admins, others);
    }

    private static Person person(Member member) {
        return new Person(member.id(), member.name(), "");
    }

    @Override
    public Inviter.Created invite(boolean admin, long validMillis) throws IOException, Inviter.TooManyException {
        return inviter.invite(admin, validMillis);
    }

    @Override
    public List<Invitation.View> invitations() {
        return inviter.all();
    }

    @Override
    public Optional<Invitation.View> end(String id) {
        return inviter.end(id);
    }

    @Override
    public Person join(PairingCode code, Optional<String> from, int port) throws PairingException {
        return joiner.join(code, from, port);
    }

    @Override
    public void close() {
        inviter.close();
    }
}
