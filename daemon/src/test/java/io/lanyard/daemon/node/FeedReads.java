package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.Position;
import java.util.List;
import java.util.Optional;

/** Reads the feed as somebody who knows everything up to a position. */
final class FeedReads {

    private FeedReads() {}

    static List<FeedChange> since(Node node, Position position) {
        Told told = Told.upTo(position.number());
        return node.page(position, 100).entries().stream()
                .map(entry -> node.look(entry, told).change())
                .flatMap(Optional::stream)
                .toList();
    }
}
