package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.Extensions;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Estate;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.Page;
import io.lanyard.daemon.message.MessageCodec;

/**
 * How far a device is with going through the fence, as the store keeps it.
 *
 * @param phase what is being done
 * @param server whom it takes over from
 * @param own what it had itself
 */
record FenceRecord(Phase phase, Server server, Own own) {

    private static final int CLEARED = 1;

    /** What is being done. */
    enum Phase {
        /** The server's documents are fetched, and kept beside the own ones. */
        STAGE,
        /** The own documents are exchanged for the server's. */
        SWITCH,
        /** What the server lacks is written anew or journaled. */
        REISSUE
    }

    /** The peer that is taken over from, and what it had at the tail: empty vectors while staging. */
    record Server(String device, VersionVector vector, Estate estate, Checkpoint tail) {

        Server clearing(VersionVector level) {
            return new Server(device, vector, estate.clearing(level), tail);
        }
    }

    /** What this replica claimed before, and where its arrival index ended. */
    record Own(VersionVector vector, long lastNumber) {}

    static FenceRecord staging(String device) {
        VersionVector none = new VersionVector();
        Estate estate = new Estate(none, none, none, new Lineage(0, 0), 0);
        return new FenceRecord(Phase.STAGE, new Server(device, none, estate, Checkpoint.START), new Own(none, 0));
    }

    FenceRecord switching(Page tail, VersionVector ownVector, long ownLastNumber) {
        return new FenceRecord(
                Phase.SWITCH,
                new Server(server.device(), tail.raise(), tail.estate(), tail.checkpoint()),
                new Own(ownVector.copy(), ownLastNumber));
    }

    FenceRecord reissuing() {
        return new FenceRecord(Phase.REISSUE, server, own);
    }

    byte[] encode() {
        Encoder out = new Encoder(256);
        out.putByte(phase.ordinal());
        out.putText(server.device());
        out.putVector(server.vector());
        out.putVector(server.estate().promised());
        out.putVector(server.estate().collected());
        MessageCodec.putLineage(server.estate().lineage(), out);
        out.putLong(server.estate().newestDropped());
        MessageCodec.putCheckpoint(server.tail(), out);
        out.putVector(own.vector());
        out.putVarint(own.lastNumber());
        if (!server.estate().cleared().isEmpty()) {
            Extensions.NONE
                    .with(CLEARED, content -> content.putVector(server.estate().cleared()))
                    .encodeRest(out);
        }
        return out.toByteArray();
    }

    static FenceRecord decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        Phase phase = Phase.values()[(int) in.takeVarint(0, Phase.values().length - 1)];
        Server server = new Server(
                in.takeText(),
                in.takeVector(),
                new Estate(
                        in.takeVector(),
                        in.takeVector(),
                        new VersionVector(),
                        MessageCodec.takeLineage(in),
                        in.takeLong()),
                MessageCodec.takeCheckpoint(in));
        Own own = new Own(in.takeVector(), in.takeVarint(0, Long.MAX_VALUE));
        VersionVector cleared = Extensions.decodeRest(in)
                .field(CLEARED)
                .map(Decoder::takeVector)
                .orElseGet(VersionVector::new);
        return new FenceRecord(phase, server.clearing(cleared), own);
    }
}
