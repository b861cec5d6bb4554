package io.lanyard.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Resources of words by line, which hold the forms of disk and wire as they were once written. */
public final class GoldenLines {

    private GoldenLines() {}

    /** Returns the words of each line of a resource beside {@code test}, comments left out. */
    public static List<String[]> read(Class<?> test, String name) {
        try (InputStream resource = test.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" "))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
