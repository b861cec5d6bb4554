package io.lanyard.daemon.api;

import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.Invitation;
import io.lanyard.daemon.pairing.Inviter;
import io.lanyard.daemon.pairing.Pairing;
import io.lanyard.daemon.pairing.PairingException;
import io.lanyard.daemon.security.PairingCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A device that invites and joins at once, or refuses as the test says. */
public final class FakePairing implements Pairing {
    /** The code of every invitation. */
    public static final PairingCode CODE = PairingCode.random(new SplittableRandom(1));

    static final Person SELF = new Person("00112233445566778899aabbccddeeff", "desk", "lanyard-1");

    /** Who is in the group besides this device. */
    public static final Person OTHER = new Person("ffeeddccbbaa99887766554433221100", "laptop", "lanyard-1");

    /** Whether this device may invite. */
    public boolean isAdmin = true;

    /** Who would lose this device if it joined another group. */
    public List<Person> others = List.of();

    /** What joining ends in, {@code null} for success. */
    public PairingException refusal;

    /** What inviting ends in, {@code null} for success. */
    public IOException noNetwork;

    /** What was joined, in order. */
    public final List<String> joins = new ArrayList<>();

    private Invitation.View view;

    /** Makes one that refuses nothing. */
    public FakePairing() {}

    @Override
    public Standing standing() {
        return new Standing(SELF, "office", isAdmin, List.of(OTHER), others);
    }

    @Override
    public Inviter.Created invite(boolean admin, long validMillis) throws IOException {
        if (noNetwork != null) {
            throw noNetwork;
        }
        view = new Invitation.View(
                "0a0b0c0d", admin, Invitation.State.OPEN, 0, validMillis, 2, 20, 3, "10.0.0.9", Optional.empty());
        return new Inviter.Created(view, CODE, "10.0.0.1:7716");
    }

    @Override
    public List<Invitation.View> invitations() {
        return view == null ? List.of() : List.of(view);
    }

    @Override
    public Optional<Invitation.View> end(String id) {
        return invitations().stream().filter(one -> one.id().equals(id)).findFirst();
    }

    @Override
    public Person join(PairingCode code, Optional<String> from, int port) throws PairingException {
        if (refusal != null) {
            throw refusal;
        }
        joins.add(code.text() + " " + from + " " + port);
        return OTHER;
    }
}
