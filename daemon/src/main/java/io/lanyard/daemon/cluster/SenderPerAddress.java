package io.lanyard.daemon.cluster;

import java.util.List;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.protocols.PerDestinationBundler;

/**
 * One queue and one thread for each destination: trying to connect to an address where nobody is any more holds up nobody
 * else. Members that leave are forgotten with their threads; so are all destinations that are no members once there are
 * too many of them, since addresses at which others are looked for are destinations, too. Whoever is still looked for
 * gets a new one; what waits in a queue that is forgotten is lost like any message.
 */
final class SenderPerAddress extends PerDestinationBundler {
    /** How many destinations there may be besides the members. */
    static final int MAX_OTHERS = 2 * AddressDiscovery.MAX_REMEMBERED;

    SenderPerAddress() {
        useSingleSenderThread(false);
    }

    @Override
    public void doSend(Message message) throws Exception {
        if (dests.size() > MAX_OTHERS) {
            forgetOthers();
        }
        super.doSend(message);
    }

    private synchronized void forgetOthers() {
        List<Address> present = members == null ? List.of() : members;
        if (dests.size() > present.size() + MAX_OTHERS) {
            removeLeftMembers(dests.keySet().stream()
                    .filter(destination -> destination != NULL && !present.contains(destination))
                    .toList());
        }
    }

    /** Returns how many destinations have a thread. */
    int destinations() {
        return dests.size();
    }
}
