package io.lanyard.daemon.security;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Founding;
import io.lanyard.daemon.security.Statement.Revocation;
import io.lanyard.daemon.security.Statement.Rotation;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;

/** A device that signs whatever a test wants it to say, each thing after the one before. */
final class Scribe {
    private static final String FOUNDING_NONCE = "5a".repeat(16);

    final KeyPair pair;
    final String name;
    private String last = Statement.NONE;

    Scribe(String name) {
        this.name = name;
        try {
            this.pair = Certificates.newKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    String id() {
        return DeviceIdentity.idOf(pair.getPublic());
    }

    SignedStatement found(String groupName) {
        return SignedStatement.sign(new Founding(pair.getPublic(), name, groupName, FOUNDING_NONCE), pair.getPrivate());
    }

    SignedStatement admit(SignedStatement founding, Scribe device, Role role) {
        return say(new Admission(founding.group(), id(), last, device.pair.getPublic(), role, device.name));
    }

    SignedStatement revoke(SignedStatement founding, Scribe device, SignedStatement... heads) {
        return say(new Revocation(
                founding.group(),
                id(),
                last,
                device.id(),
                List.of(heads).stream().map(SignedStatement::id).sorted().toList()));
    }

    SignedStatement rotate(SignedStatement founding, int epoch, GroupSecrets.Secret secret) {
        return say(new Rotation(founding.group(), id(), last, epoch, secret.hash()));
    }

    /** Forgets what it said after {@code statement}: as one does who wants to say something else in its place. */
    void rewindTo(SignedStatement statement) {
        last = statement == null ? Statement.NONE : statement.id();
    }

    private SignedStatement say(Statement statement) {
        SignedStatement signed = SignedStatement.sign(statement, pair.getPrivate());
        last = signed.id();
        return signed;
    }
}
