package io.lanyard.daemon.pairing;

import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingCode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Who may come into this device's group, and this device's way into another's: as the API sees it. Any thread. */
public interface Pairing {

    /** Returns how this device stands now. */
    Standing standing();

    /**
     * Invites one device, until {@code validMillis} have passed.
     *
     * @param admin whether it becomes an admin
     * @throws IOException if there is no network to listen on
     */
    Inviter.Created invite(boolean admin, long validMillis) throws IOException, Inviter.TooManyException;

    /** Returns the newest invitations, the oldest first. */
    List<Invitation.View> invitations();

    /** Takes an invitation back; returns how it stands then, empty if there is none of that id. */
    Optional<Invitation.View> end(String id);

    /**
     * Comes into the group of whoever gave out the code. Blocks, for a quarter of a minute at most.
     *
     * @param from the host of the inviter; empty to search by multicast
     * @param port its port; 0 to try the usual ones
     * @return who invited
     * @throws PairingException if that did not come about; with {@link Reason#NOBODY_FOUND} and the like
     */
    Person join(PairingCode code, Optional<String> from, int port) throws PairingException;

    /**
     * How this device stands in its group.
     *
     * @param self this device, with the network name of its group
     * @param groupName what people call the group
     * @param isAdmin whether it may invite
     * @param admins who may
     * @param others the other members
     */
    record Standing(Person self, String groupName, boolean isAdmin, List<Person> admins, List<Person> others) {}
}
