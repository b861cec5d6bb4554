package io.lanyard.daemon.message;

import io.lanyard.crdt.CodecException;
import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Registration;
import io.lanyard.daemon.message.Message.Summary;
import io.lanyard.daemon.message.Message.VectorNews;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The binary form of {@link Summary}, within that of messages. */
final class SummaryCodec {

    private static final int HAS_REPLICA = 1;
    private static final int IS_CATCHING_UP = 2;
    private static final int IS_FENCED = 4;
    private static final int HAS_REGISTRY = 8;
    private static final int HAS_LOST_DATA = 16;

    private static final int OPENED = 1;
    private static final int REFUSES = 2;
    private static final int CLEARED = 3;

    private SummaryCodec() {}

    /** Appends a summary, and ends the message. */
    static void put(Summary summary, Encoder out) {
        out.putText(summary.device().id());
        out.putText(summary.device().name());
        out.putLong(summary.opening());
        out.putByte((summary.replica() == null ? 0 : HAS_REPLICA)
                | (summary.isCatchingUp() ? IS_CATCHING_UP : 0)
                | (summary.isFenced() ? IS_FENCED : 0)
                | (summary.hasLostData() ? HAS_LOST_DATA : 0)
                | (summary.registry() == null ? 0 : HAS_REGISTRY));
        if (summary.replica() != null) {
            out.putLong(summary.replica().bits());
        }
        putNews(summary.vector(), out);
        putNews(summary.promised(), out);
        putNews(summary.collected(), out);
        out.putVector(summary.reach());
        out.putHash(summary.digest());
        out.putVarint(summary.explored().size());
        summary.explored().forEach(out::putHash);
        MessageCodec.putLineage(summary.lineage(), out);
        out.putHash(summary.registryHash());
        if (summary.registry() != null) {
            out.putVarint(summary.registry().size());
            summary.registry().forEach(registration -> MessageCodec.putRegistration(registration, out));
        }
        out.putVarint(Math.max(0, summary.wallMillis()));
        Extensions added = Extensions.NONE;
        if (summary.openedMillis() > 0) {
            added = added.with(OPENED, content -> content.putVarint(summary.openedMillis()));
        }
        if (summary.isRefusing()) {
            added = added.with(REFUSES, new byte[0]);
        }
        if (!summary.cleared().equals(VectorNews.NOTHING)) {
            added = added.with(CLEARED, content -> putNews(summary.cleared(), content));
        }
        added.encodeRest(out);
    }

    /**
     * Reads a summary, to the end of the message.
     *
     * @throws CodecException if the bytes are not one
     */
    static Summary take(Decoder in) {
        Device device = new Device(MessageCodec.takeName(in), MessageCodec.takeName(in));
        long opening = in.takeLong();
        long flags = in.takeVarint(0, HAS_REPLICA | IS_CATCHING_UP | IS_FENCED | HAS_LOST_DATA | HAS_REGISTRY);
        Summary first = new Summary(
                device,
                opening,
                (flags & HAS_REPLICA) == 0 ? null : new ReplicaId(in.takeLong()),
                takeNews(in),
                takeNews(in),
                takeNews(in),
                in.takeVector(),
                in.takeHash(),
                takeHashes(in),
                (flags & IS_CATCHING_UP) != 0,
                (flags & IS_FENCED) != 0,
                (flags & HAS_LOST_DATA) != 0,
                MessageCodec.takeLineage(in),
                in.takeHash(),
                (flags & HAS_REGISTRY) == 0 ? null : takeRegistry(in),
                in.takeVarint(0, Long.MAX_VALUE),
                0,
                false,
                VectorNews.NOTHING);
        Extensions added = Extensions.decodeRest(in);
        return first.opened(
                        added.field(OPENED)
                                .map(content -> content.takeVarint(0, Long.MAX_VALUE))
                                .orElse(0L),
                        added.field(REFUSES).isPresent())
                .clearing(added.field(CLEARED).map(SummaryCodec::takeNews).orElse(VectorNews.NOTHING));
    }

    private static void putNews(VectorNews news, Encoder out) {
        out.putByte(news.base() == null ? 0 : 1);
        if (news.base() != null) {
            out.putHash(news.base());
        }
        out.putVector(news.changes());
        out.putHash(news.hash());
    }

    private static VectorNews takeNews(Decoder in) {
        return new VectorNews(in.takeVarint(0, 1) == 0 ? null : in.takeHash(), in.takeVector(), in.takeHash());
    }

    private static List<Registration> takeRegistry(Decoder in) {
        long count = in.takeVarint(0, Summary.MAX_DEVICES);
        List<Registration> registry = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            registry.add(MessageCodec.takeRegistration(in));
        }
        return registry;
    }

    private static Set<Hash> takeHashes(Decoder in) {
        long count = in.takeVarint(0, Summary.MAX_EXPLORED);
        Set<Hash> hashes = new LinkedHashSet<>();
        for (long i = 0; i < count; i++) {
            hashes.add(in.takeHash());
        }
        return hashes;
    }
}
