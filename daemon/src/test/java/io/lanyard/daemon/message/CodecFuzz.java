package io.lanyard.daemon.message;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.crdt.CodecException;
import io.lanyard.daemon.api.Fuzzing;
import org.junit.jupiter.api.AfterAll;

/** Messages of peers: whatever comes is read or refused, soon, and what is read is written as the same bytes again. */
public class CodecFuzz {

    /** Reads an input. */
    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    public void messages(byte[] data) {
        Fuzzing.timed(() -> {
            try {
                Message message = MessageCodec.decode(data);
                Fuzzing.planted(() -> message instanceof Message.Page page && page.walk() < 0);
                if (!(message instanceof Message.Unknown)) {
                    byte[] once = MessageCodec.encode(message);
                    assertArrayEquals(once, MessageCodec.encode(MessageCodec.decode(once)));
                }
            } catch (CodecException | MessageCodec.NewerVersionException e) {
                Fuzzing.expect(e);
            }
        });
    }

    @AfterAll
    static void wasFuzzed() {
        Fuzzing.requireInputs();
    }
}
