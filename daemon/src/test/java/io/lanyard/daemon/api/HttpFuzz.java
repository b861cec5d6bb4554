package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.Problem.ProblemException;
import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.security.TokenBook;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterAll;

/**
 * What comes over HTTP: bodies, and what stands in addresses and headers. Whatever comes is read or refused, soon, and a
 * document that is read comes back as it was.
 */
class HttpFuzz {

    private static final TokenBook TOKENS = Fuzzing.inFolder(home -> TokenBook.openOrCreate(home, () -> 0));

    /** Reads an input in each of these ways. */
    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    @DictionaryFile(resourcePath = "json.dict")
    void requests(byte[] data) {
        byte[] text = JsonShape.of(data);
        Fuzzing.timed(() -> {
            bodies(text);
            addresses(new String(text, StandardCharsets.UTF_8));
        });
    }

    @AfterAll
    static void wasFuzzed() {
        Fuzzing.requireInputs();
    }

    private static void bodies(byte[] data) {
        refuseOr(() -> {
            SortedMap<FieldPath, String> leaves = DocumentJson.read(data);
            Fuzzing.planted(() -> hasEmptyName(leaves));
            String text = JsonWriter.documentText(leaves);
            assertEquals(leaves, DocumentJson.read(text.getBytes(StandardCharsets.UTF_8)), text);
        });
        refuseOr(() -> BatchItem.read(data));
        refuseOr(() -> SettingsJson.read(data));
    }

    private static boolean hasEmptyName(SortedMap<FieldPath, String> leaves) {
        return leaves.keySet().stream().anyMatch(path -> (path.pointer() + "/").contains("//"));
    }

    private static void addresses(String text) {
        refuseOr(() -> Filter.parseObject(text));
        refuseOr(() -> Filter.parse(List.of(text)));
        refuseOr(() -> {
            ListOrder order = ListOrder.parse(List.of(text));
            ListQuery.of("c", text, new Filter(List.of()), order, 1, Optional.of(text));
        });
        refuseOr(() -> RequestPath.segments("/" + text));
        refuseOr(() -> new CollectionPattern(List.of(text)));
        refuseOr(() -> new DocumentId(text, text));
        refuseOr(() -> ClientName.checked(text));
        Position.parse(text);
        TOKENS.find(text);
    }

    /** Runs what may refuse its input, in the ways that callers are told of. */
    private static void refuseOr(Runnable reading) {
        try {
            reading.run();
        } catch (ProblemException | DocumentId.IllegalNameException e) {
            Fuzzing.expect(e);
        }
    }
}
