package io.lanyard.cli;

/** ETags as people type them: with or without the quotes that HTTP wants. */
final class Etags {
    private Etags() {}

    static String quoted(String etag) {
        return etag.startsWith("\"") || etag.equals("*") ? etag : '"' + etag + '"';
    }
}
