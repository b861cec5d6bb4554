package io.lanyard.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The drawing of the house: which package stands on which floor, kept by reading the compiled classes.
 *
 * <p>A package may name only packages on floors below its own, so there are no circles either. What a class names is
 * taken from its constant pool (JVM specification, section 4.4), where signatures, annotations and method bodies all
 * leave their types.
 */
class FloorsTest {

    /** From the roof to the ground. A new package has to be given a floor here. */
    private static final List<Set<String>> FLOORS = List.of(
            Set.of("io.lanyard.daemon"),
            Set.of("io.lanyard.daemon.config"),
            Set.of("io.lanyard.daemon.api", "io.lanyard.daemon.metrics"),
            Set.of("io.lanyard.daemon.api.route"),
            Set.of("io.lanyard.daemon.api.feed"),
            Set.of("io.lanyard.daemon.api.request"),
            Set.of("io.lanyard.daemon.api.http"),
            Set.of("io.lanyard.daemon.api.access", "io.lanyard.daemon.api.list"),
            Set.of("io.lanyard.daemon.api.json"),
            Set.of("io.lanyard.daemon.node"),
            Set.of("io.lanyard.daemon.store", "io.lanyard.daemon.cluster", "io.lanyard.daemon.pairing"),
            Set.of("io.lanyard.daemon.engine"),
            Set.of("io.lanyard.daemon.message", "io.lanyard.daemon.security", "io.lanyard.daemon.watch"),
            Set.of("io.lanyard.crdt"));

    /** These decide and never act: time, randomness and everything outside comes in as an argument. */
    private static final Set<String> PURE =
            Set.of("io.lanyard.crdt", "io.lanyard.daemon.message", "io.lanyard.daemon.engine");

    private static final Pattern OUTSIDE_WORLD = Pattern.compile("java/io/(File|RandomAccessFile)\\w*"
            + "|java/nio/(file|channels)/\\w+|java/net/\\w+|java/lang/(Thread|Process|Runtime)\\b"
            + "|java/util/concurrent/(locks/\\w+|ThreadLocalRandom|\\w*Execut\\w*|\\w*Queue)"
            + "|java/security/SecureRandom|java/time/Clock|^(currentTimeMillis|nanoTime|randomUUID)$");

    private static final Pattern OUR_TYPE = Pattern.compile("io/lanyard/(?:[a-z]+/)+(?=[A-Z])");

    @Test
    void packages_importOnlyFromFloorsBelow() throws IOException {
        assertEquals(
                List.of(),
                imports().entrySet().stream()
                        .flatMap(entry -> violations(entry.getKey(), entry.getValue()).stream())
                        .toList());
    }

    @Test
    void purePackages_neverTouchTheOutsideWorld() throws IOException {
        List<String> violations = new ArrayList<>();
        for (ClassFile file : classFiles()) {
            if (PURE.contains(file.packageName())) {
                file.texts().stream()
                        .filter(text -> OUTSIDE_WORLD.matcher(text).find())
                        .forEach(text -> violations.add(file.name() + " uses " + text));
            }
        }
        assertEquals(List.of(), violations);
    }

    @Test
    void violations_upwardSidewardAndUnknown_areEachNamed() {
        assertEquals(List.of(), violations("io.lanyard.daemon.engine", Set.of("io.lanyard.crdt")));
        assertEquals(
                List.of("io.lanyard.daemon.engine imports io.lanyard.daemon.store"),
                violations("io.lanyard.daemon.engine", Set.of("io.lanyard.daemon.store")));
        assertEquals(
                List.of("io.lanyard.daemon.store imports io.lanyard.daemon.cluster"),
                violations("io.lanyard.daemon.store", Set.of("io.lanyard.daemon.cluster")));
        assertEquals(
                List.of("io.lanyard.daemon.util has no floor"),
                violations("io.lanyard.daemon.util", Set.of("io.lanyard.crdt")));
    }

    @Test
    void reader_findsWhatThisTestNames() throws IOException {
        ClassFile self = read(classes("test-classes").resolve("io/lanyard/daemon/FloorsTest.class"));
        assertEquals("io.lanyard.daemon", self.packageName());
        assertFalse(self.texts().stream().noneMatch(text -> text.contains("java/nio/file/Files")));
    }

    private static List<String> violations(String importer, Set<String> imported) {
        int floor = floorOf(importer);
        if (floor < 0) {
            return List.of(importer + " has no floor");
        }
        return imported.stream()
                .filter(other -> !other.equals(importer) && floorOf(other) <= floor)
                .map(other -> importer + " imports " + other)
                .toList();
    }

    private static int floorOf(String packageName) {
        for (int floor = 0; floor < FLOORS.size(); floor++) {
            if (FLOORS.get(floor).contains(packageName)) {
                return floor;
            }
        }
        return -1;
    }

    private static Map<String, Set<String>> imports() throws IOException {
        Map<String, Set<String>> imports = new TreeMap<>();
        for (ClassFile file : classFiles()) {
            Set<String> imported = imports.computeIfAbsent(file.packageName(), name -> new TreeSet<>());
            for (String text : file.texts()) {
                Matcher type = OUR_TYPE.matcher(text);
                while (type.find()) {
                    imported.add(
                            type.group().substring(0, type.group().length() - 1).replace('/', '.'));
                }
            }
        }
        return imports;
    }

    private static List<ClassFile> classFiles() throws IOException {
        List<ClassFile> files = new ArrayList<>();
        for (Path root : List.of(classes("classes"), classes("../../crdt/target/classes"))) {
            try (Stream<Path> paths = Files.walk(root)) {
                for (Path path : paths.filter(path -> path.toString().endsWith(".class"))
                        .sorted()
                        .toList()) {
                    files.add(read(path));
                }
            }
        }
        assertFalse(files.isEmpty(), "no compiled classes found");
        return files;
    }

    private static Path classes(String folder) {
        return Path.of("target", folder).toAbsolutePath().normalize();
    }

    private static ClassFile read(Path path) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
            in.readInt(); // magic
            in.readInt(); // version
            int count = in.readUnsignedShort();
            String[] texts = new String[count];
            int[] nameOfClass = new int[count];
            for (int i = 1; i < count; i++) {
                int tag = in.readUnsignedByte();
                switch (tag) {
                    case 1 -> texts[i] = in.readUTF();
                    case 7 -> nameOfClass[i] = in.readUnsignedShort();
                    case 8, 16, 19, 20 -> in.readUnsignedShort();
                    case 15 -> in.skipNBytes(3);
                    case 3, 4, 9, 10, 11, 12, 17, 18 -> in.readInt();
                    case 5, 6 -> { // a long or a double takes two places
                        in.readLong();
                        i++;
                    }
                    default -> throw new IOException(path + ": constant of unknown kind " + tag);
                }
            }
            in.readUnsignedShort(); // access flags
            String name = texts[nameOfClass[in.readUnsignedShort()]];
            return new ClassFile(
                    name.replace('/', '.'),
                    Stream.of(texts).filter(text -> text != null).toList());
        }
    }

    private record ClassFile(String name, List<String> texts) {
        String packageName() {
            return name.substring(0, name.lastIndexOf('.'));
        }
    }
}
