package io.lanyard.daemon.apps;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A small file system of its own at one place, seen only by processes that are started with {@link #enter}: a tmpfs in a
 * mount namespace, which goes with this object and with this process.
 */
final class SmallDisk implements AutoCloseable {

    private static final int CHUNK_BYTES = 1 << 16;
    private static final int END_SECONDS = 10;

    private final Process holder;
    private final boolean isRoot;
    private final Path fill;

    private SmallDisk(Process holder, boolean isRoot, Path place) {
        this.holder = holder;
        this.isRoot = isRoot;
        this.fill = Path.of("/proc/" + holder.pid() + "/root" + place).resolve("fill");
    }

    /** Makes one, or skips the test, saying why on standard output, where namespaces cannot be made. */
    static SmallDisk at(Path place, int megabytes) throws IOException {
        Files.createDirectories(place);
        boolean isRoot = "root".equals(System.getProperty("user.name"));
        List<String> command = new ArrayList<>(List.of("unshare", isRoot ? "-m" : "-Urm", "sh", "-c"));
        command.add("mount -t tmpfs -o size=" + megabytes + "m,mode=700 small \"$0\" && echo mounted && exec cat");
        command.add(place.toString());
        try {
            Process holder = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String line = new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            if (!"mounted".equals(line)) {
                holder.destroyForcibly();
                throw new IOException("a file system cannot be mounted");
            }
            return new SmallDisk(holder, isRoot, place);
        } catch (IOException e) {
            String reason = "Small disk test SKIPPED: it needs unshare and nsenter, and root or user namespaces ("
                    + e.getMessage() + ")";
            System.out.println(reason);
            Assumptions.abort(reason);
            throw e;
        }
    }

    /** Returns what a command begins with that is to see this disk. */
    List<String> enter() {
        List<String> prefix = new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m"));
        if (!isRoot) {
            prefix.addAll(List.of("-U", "--preserve-credentials"));
        }
        return prefix;
    }

    /** Writes until not one byte fits any more. */
    void fillUp() throws IOException {
        byte[] bytes = new byte[CHUNK_BYTES];
        try (OutputStream out = Files.newOutputStream(fill)) {
            while (true) {
                out.write(bytes);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw e;
            }
        }
    }

    /** Removes what filled it up. */
    void free() throws IOException {
        Files.delete(fill);
    }

    @Override
    public void close() throws IOException {
        holder.getOutputStream().close();
        try {
            if (!holder.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                holder.destroyForcibly();
            }
        } catch (InterruptedException e) {
            holder.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
