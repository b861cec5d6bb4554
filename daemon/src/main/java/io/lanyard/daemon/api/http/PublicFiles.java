package io.lanyard.daemon.api.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An app's files on disk, as web addresses name them. Whatever an address says, it names a file of the directory or
 * nothing: a part is one plain name, and where symbolic links lead is followed before it is judged.
 */
final class PublicFiles {

    private static final String INDEX = "index.html";
    private static final String UNKNOWN_TYPE = "application/octet-stream";

    /** What browsers need to be told; the rest is for them to save. */
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("htm", "text/html; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("map", "application/json"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("md", "text/plain; charset=utf-8"),
            Map.entry("csv", "text/csv; charset=utf-8"),
            Map.entry("xml", "application/xml"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("gif", "image/gif"),
            Map.entry("webp", "image/webp"),
            Map.entry("avif", "image/avif"),
            Map.entry("ico", "image/vnd.microsoft.icon"),
            Map.entry("woff", "font/woff"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("ttf", "font/ttf"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("pdf", "application/pdf"),
            Map.entry("mp3", "audio/mpeg"),
            Map.entry("mp4", "video/mp4"),
            Map.entry("webm", "video/webm"));

    private final Path root;

    /**
     * Opens a directory.
     *
     * @throws IOException if it is none, or cannot be read
     */
    PublicFiles(Path directory) throws IOException {
        root = directory.toRealPath();
        if (!Files.isDirectory(root) || !Files.isReadable(root)) {
            throw new IOException(directory + " is no directory that can be read");
        }
    }

    /**
     * A file to be served.
     *
     * @param isDirectory whether the address lacks the slash at its end
     */
    record Found(Path file, String type, String etag, long bytes, boolean isDirectory) {}

    /** Returns what the decoded parts of an address name; empty if there is nothing that may be served. */
    Optional<Found> find(List<String> parts) {
        Path named = root;
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            boolean isLast = i == parts.size() - 1;
            if (part.isEmpty() && isLast) {
                break;
            }
            if (!isPlain(part)) {
                return Optional.empty();
            }
            named = named.resolve(part);
        }
        boolean isSlashed = parts.isEmpty() || parts.get(parts.size() - 1).isEmpty();
        try {
            return found(isSlashed ? named.resolve(INDEX) : named);
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    private Optional<Found> found(Path named) throws IOException {
        Path file = named.toRealPath();
        if (!file.startsWith(root) || !root.relativize(file).toString().isEmpty() && isHidden(root.relativize(file))) {
            return Optional.empty();
        }
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            return Files.isRegularFile(file.resolve(INDEX))
                    ? Optional.of(new Found(file, UNKNOWN_TYPE, "", 0, true))
                    : Optional.empty();
        }
        if (!attributes.isRegularFile()) {
            return Optional.empty();
        }
        String etag =
                Long.toHexString(attributes.lastModifiedTime().toMillis()) + "-" + Long.toHexString(attributes.size());
        return Optional.of(new Found(file, typeOf(named), etag, attributes.size(), false));
    }

    private static boolean isHidden(Path relative) {
        for (Path part : relative) {
            if (!isPlain(part.toString())) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a part is one file's name and does not begin with a dot. */
    private static boolean isPlain(String part) {
        return !part.isEmpty()
                && part.charAt(0) != '.'
                && part.getBytes(StandardCharsets.UTF_8).length <= 255
                && part.chars().noneMatch(c -> c < ' ' || c == '/' || c == '\\' || c == ':' || c == 0x7f);
    }

    private static String typeOf(Path file) {
        String name = file.getFileName().toString();
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return TYPES.getOrDefault(ending, UNKNOWN_TYPE);
    }
}
