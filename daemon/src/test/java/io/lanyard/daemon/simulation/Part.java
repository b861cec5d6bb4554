package io.lanyard.daemon.simulation;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.Dot;
import io.lanyard.crdt.FieldPath;
import io.lanyard.crdt.LifeRegister;
import io.lanyard.crdt.Register;
import io.lanyard.crdt.Stamp;
import io.lanyard.crdt.VersionVector;
import java.util.HashMap;
import java.util.Map;

/**
 * What one write did to one document.
 *
 * @param context what the writer had seen of the document, itself included
 * @param impliedFloor the delete that a re-creation replaced although nothing was left to tell of it, or {@code null}
 */
record Part(
        Map<FieldPath, Register> fields,
        LifeRegister alive,
        LifeRegister died,
        LifeRegister floor,
        VersionVector context,
        Stamp impliedFloor) {

    /** Returns what {@code dot} left in a document, which may be just the fragment that it wrote. */
    static Part of(Document document, Dot dot) {
        Map<FieldPath, Register> fields = new HashMap<>();
        document.fields().forEach((path, register) -> {
            if (register.dot().equals(dot)) {
                fields.put(path, register);
            }
        });
        return new Part(
                fields,
                by(document.alive(), dot),
                by(document.died(), dot),
                by(document.floor(), dot),
                document.context().copy(),
                null);
    }

    /** Returns the same for a writer that had seen {@code seen} besides, and made {@code replaced} forgotten. */
    Part by(VersionVector seen, Stamp replaced) {
        VersionVector whole = context.copy();
        whole.join(seen);
        return new Part(fields, alive, died, floor, whole, replaced);
    }

    boolean writes(FieldPath path, String value) {
        return fields.containsKey(path) && value.equals(fields.get(path).value());
    }

    boolean isEmpty() {
        return fields.isEmpty() && alive == null && died == null && floor == null;
    }

    long newestTime() {
        long newest = 0;
        for (Register register : fields.values()) {
            newest = later(newest, register.time());
        }
        newest = alive == null ? newest : later(newest, alive.stamp().time());
        return died == null ? newest : later(newest, died.stamp().time());
    }

    /** Returns the oldest stamp that the write gave out here. */
    long oldestTime() {
        long oldest = newestTime();
        for (Register register : fields.values()) {
            oldest = Long.compareUnsigned(register.time(), oldest) < 0 ? register.time() : oldest;
        }
        return oldest;
    }

    private static long later(long left, long right) {
        return Long.compareUnsigned(left, right) >= 0 ? left : right;
    }

    private static LifeRegister by(LifeRegister life, Dot dot) {
        return life != null && life.dot().equals(dot) ? life : null;
    }
}
