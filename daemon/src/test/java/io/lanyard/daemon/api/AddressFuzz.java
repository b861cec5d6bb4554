package io.lanyard.daemon.api;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.security.TokenBook;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What stands in addresses and headers: paths, positions, cursors, names, tokens. */
class AddressFuzz {

    private static final TokenBook TOKENS = tokens();

    private static TokenBook tokens() {
        try {
            Path home = Files.createTempDirectory("lanyard-fuzz");
            return TokenBook.openOrCreate(home, System::currentTimeMillis);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    void addresses(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        Fuzzing.timed(() -> {
            JsonFuzz.refuseOr(() -> RequestPath.segments("/" + text));
            JsonFuzz.refuseOr(() -> new CollectionPattern(List.of(text)));
            JsonFuzz.refuseOr(() -> new DocumentId(text, text));
            JsonFuzz.refuseOr(() -> ClientName.checked(text));
            Position.parse(text);
            TOKENS.find(text);
        });
    }
}
