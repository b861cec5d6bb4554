package io.lanyard.daemon.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.crdt.DocumentId;
import io.lanyard.crdt.FieldPath;
import io.lanyard.daemon.api.Problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;

/** Bodies of requests: whatever comes is read or refused, soon, and what is read comes back as it was. */
class JsonFuzz {

    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    void bodies(byte[] data) {
        Fuzzing.timed(() -> {
            refuseOr(() -> {
                SortedMap<FieldPath, String> leaves = DocumentJson.read(data);
                Fuzzing.maybePlanted(leaves);
                String text = JsonWriter.documentText(leaves);
                assertEquals(leaves, DocumentJson.read(text.getBytes(StandardCharsets.UTF_8)), text);
            });
            refuseOr(() -> BatchItem.read(data));
            String text = new String(data, StandardCharsets.UTF_8);
            refuseOr(() -> Filter.parseObject(text));
            refuseOr(() -> Filter.parse(List.of(text)));
        });
    }

    /** Runs what may refuse its input, in the ways that callers are told of. */
    static void refuseOr(Runnable reading) {
        try {
            reading.run();
        } catch (ProblemException | DocumentId.IllegalNameException e) {
            Fuzzing.expect(e);
        }
    }
}
