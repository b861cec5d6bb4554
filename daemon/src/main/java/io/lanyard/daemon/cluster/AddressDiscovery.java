package io.lanyard.daemon.cluster;

import java.util.Collection;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.PhysicalAddress;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCPPING;

/**
 * Discovery by address: at those of a list, and at those where others were met since. Of the latter only some are kept,
 * those of present members before all others: an address that a laptop left stands for nobody, and whoever wants to find
 * a group again needs to find one of it.
 */
final class AddressDiscovery extends TCPPING {
    /** How many addresses are remembered besides the list. */
    static final int MAX_REMEMBERED = 32;

    /**
     * Makes a discovery.
     *
     * @param list read at every look-round, so it may change; must never be empty, and this daemon itself does no harm
     */
    AddressDiscovery(Collection<PhysicalAddress> list) {
        setId(ClassConfigurator.getProtocolId(TCPPING.class));
        max_dynamic_hosts = MAX_REMEMBERED;
        setInitialHosts2(list);
        asyncDiscovery(true);
        // Where everybody was given the same one address, only who is there can tell them of each other.
        returnEntireCache(true);
    }

    /** JGroups keeps connecting off its timer only where it knows the transport for one that may block. */
    @Override
    public void init() throws Exception {
        super.init();
        sends_can_block = true;
    }

    @Override
    public Object down(Event event) {
        Object result = super.down(event);
        if (event.getType() == Event.VIEW_CHANGE) {
            View present = event.getArg();
            present.getMembers().forEach(this::keepLongest);
        }
        return result;
    }

    /** The oldest goes first, so what is moved to the end stays. */
    private void keepLongest(Address member) {
        Object address = down_prot.down(new Event(Event.GET_PHYSICAL_ADDRESS, member));
        if (address instanceof PhysicalAddress met && dynamic_hosts.remove(met)) {
            dynamic_hosts.add(met);
        }
    }

    /** Returns the addresses that are remembered, the oldest first. */
    List<PhysicalAddress> remembered() {
        return List.copyOf(dynamic_hosts);
    }
}
