package io.lanyard.daemon.pairing;

import io.lanyard.daemon.security.DeviceIdentity;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;

/** A device that notes whom it admitted, and what it was admitted with. */
final class TestDesk implements Desk {
    static final byte[] ADMITTANCE = "come in".getBytes(StandardCharsets.US_ASCII);

    final DeviceIdentity identity;
    final List<Person> admitted = new CopyOnWriteArrayList<>();
    final List<Boolean> admins = new CopyOnWriteArrayList<>();
    final List<String> adopted = new CopyOnWriteArrayList<>();
    volatile PairingException refusal;
    private final String name;

    TestDesk(DeviceIdentity identity, String name) {
        this.identity = identity;
        this.name = name;
    }

    @Override
    public Person self() {
        return new Person(identity.id(), name, "group of " + name);
    }

    @Override
    public SSLContext newTlsContext() {
        return identity.newOpenTlsContext();
    }

    @Override
    public Optional<String> clusterAddress() {
        return Optional.of("10.0.0.1:7800");
    }

    @Override
    public byte[] admit(PublicKey key, Person joiner, boolean admin) throws PairingException {
        if (refusal != null) {
            throw refusal;
        }
        if (!DeviceIdentity.idOf(key).equals(joiner.id())) {
            throw new AssertionError("admits a key that is not of the joiner");
        }
        admitted.add(joiner);
        admins.add(admin);
        return ADMITTANCE;
    }

    @Override
    public void adopt(byte[] admittance, Person inviter, String inviterAddress) throws PairingException {
        if (refusal != null) {
            throw refusal;
        }
        adopted.add(new String(admittance, StandardCharsets.US_ASCII) + " from " + inviter.name() + " at "
                + inviterAddress);
    }
}
