package io.lanyard.daemon.engine;

import io.lanyard.crdt.Decoder;
import io.lanyard.crdt.Document;
import io.lanyard.crdt.Encoder;
import io.lanyard.crdt.VersionVector;

/**
 * What the arrival index says of a document, so that walks and sweeps can pass it over unread.
 *
 * <p>It is as of the document's last change: what is dropped from the document afterwards is still named here.
 *
 * @param context the document's context
 * @param hasGarbage whether it held registers that go once every device has them
 */
record ArrivalContext(VersionVector context, boolean hasGarbage) {

    static byte[] encode(Document document) {
        Encoder out = new Encoder(24);
        out.putVector(document.context());
        out.putByte(document.hasGarbage() ? 1 : 0);
        return out.toByteArray();
    }

    static ArrivalContext decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        return new ArrivalContext(in.takeVector(), in.takeByte() != 0);
    }
}
