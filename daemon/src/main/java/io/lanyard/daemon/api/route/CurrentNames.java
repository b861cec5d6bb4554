package io.lanyard.daemon.api.route;

import io.lanyard.daemon.node.Node;
import io.lanyard.daemon.node.NodeStatus.KnownDevice;
import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.security.Member;
import java.util.Map;
import java.util.stream.Collectors;

/** What devices call themselves, where the member book has the name under which they were admitted. */
final class CurrentNames {

    private final Map<String, String> names;

    /** Asks for the names of now. */
    CurrentNames(Node node) {
        names = node.status().devices().stream()
                .collect(Collectors.toMap(KnownDevice::id, KnownDevice::name, (one, other) -> one));
    }

    String of(Member member) {
        return names.getOrDefault(member.id(), member.name());
    }

    Person of(Person person) {
        return new Person(person.id(), names.getOrDefault(person.id(), person.name()), person.group());
    }
}
