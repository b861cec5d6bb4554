package io.lanyard.crdt;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** Draws documents and their parts. */
final class RandomDocuments {

    private static final String[] PATHS = {
        "/a", "/a-b", "/a/b", "/a/b/c", "/a/b/d", "/a/c", "/a0", "/a~0/b", "/a~1b", "/", "//", "/Żółć/名", "/z"
    };
    private static final String[] VALUES = {
        "1", "12.10", "-0", "1E2", "null", "true", "{}", "[]", "[1,{\"a\":null}]", "\"\"", "\"Zoë 名前 😀\"", "0.1"
    };

    private RandomDocuments() {}

    static FieldPath path(RandomGenerator random) {
        return new FieldPath(PATHS[random.nextInt(PATHS.length)]);
    }

    static String value(RandomGenerator random) {
        return VALUES[random.nextInt(VALUES.length)];
    }

    /** Draws what a document could show: no path below another. */
    static SortedMap<FieldPath, String> leaves(RandomGenerator random, int most) {
        TreeMap<FieldPath, String> leaves = new TreeMap<>();
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            FieldPath path = path(random);
            if (leaves.keySet().stream().noneMatch(path::clashesWith)) {
                leaves.put(path, value(random));
            }
        }
        return leaves;
    }

    /** Draws any registers at all, also such as no history leads to, under few stamps, so that they meet. */
    static Document arbitrary(RandomGenerator random) {
        Document document = new Document();
        for (int left = random.nextInt(8); left > 0; left--) {
            String value = random.nextInt(3) == 0 ? null : value(random);
            document.fields.put(path(random), new Register(time(random), dot(random), value));
        }
        for (int left = random.nextInt(2) * random.nextInt(5); left > 0; left--) {
            putShare(document, random);
        }
        document.alive = random.nextInt(5) == 0 ? null : LifeRegister.of(time(random), dot(random));
        document.died = random.nextBoolean() ? null : LifeRegister.of(time(random), dot(random));
        document.floor = random.nextBoolean()
                ? null
                : new LifeRegister(new Stamp(time(random), dot(random).replica()), dot(random));
        document.fields.values().forEach(register -> document.context.raise(register.dot()));
        for (LifeRegister life : new LifeRegister[] {document.alive, document.died, document.floor}) {
            if (life != null) {
                document.context.raise(life.dot());
            }
        }
        for (int left = random.nextInt(4); left > 0; left--) {
            document.context.raise(dot(random));
            document.marks.add(dot(random));
        }
        document.extensions = random.nextBoolean() ? Extensions.NONE : extensions(random);
        return document;
    }

    /** Draws a part of a counter or of a set, mostly of a field that has a value for it. */
    private static void putShare(Document document, RandomGenerator random) {
        FieldPath leaf = document.fields.isEmpty() || random.nextInt(3) == 0
                ? path(random)
                : document.fields.firstKey().leaf();
        Register plain = document.fields.get(leaf);
        Share.Kind kind = Share.Kind.values()[random.nextInt(Share.Kind.values().length)];
        boolean isCount = kind == Share.Kind.COUNT || kind == Share.Kind.NOTED;
        String content = isCount ? String.valueOf(random.nextInt(5) - 2) : value(random);
        Dot dot = dot(random);
        Share share = Share.on(plain, new Stamp(time(random), dot.replica()), leaf, kind, content);
        String name = isCount ? dot.replica().toString() : Elements.key(content);
        String text = random.nextInt(5) == 0 ? null : share.text();
        document.fields.put(share.path(name), new Register(time(random), dot, text));
    }

    /** Draws few tags with short contents, so that they meet, one the beginning of another among them. */
    static Extensions extensions(RandomGenerator random) {
        int[] tags = {1, 2, Extensions.MAX_TAG};
        Extensions extensions = Extensions.NONE;
        for (int left = random.nextInt(4); left > 0; left--) {
            byte[] content = new byte[random.nextInt(4)];
            for (int i = 0; i < content.length; i++) {
                content[i] = new byte[] {0, 1, 127, -128, -1}[random.nextInt(5)];
            }
            extensions = extensions.with(tags[random.nextInt(tags.length)], content);
        }
        return extensions;
    }

    static Dot dot(RandomGenerator random) {
        long[] replicas = {1, 2, -1, Long.MIN_VALUE};
        return new Dot(new ReplicaId(replicas[random.nextInt(replicas.length)]), 1 + random.nextInt(300));
    }

    private static long time(RandomGenerator random) {
        return Timestamp.pack(TestReplica.NOON_MILLIS + random.nextInt(3), random.nextInt(3));
    }
}
