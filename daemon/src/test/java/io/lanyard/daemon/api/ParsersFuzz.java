package io.lanyard.daemon.api;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.lanyard.daemon.message.CodecFuzz;
import java.util.Arrays;

/** All the targets in one, for every build: the first byte says which one gets the rest. */
class ParsersFuzz {

    private final JsonFuzz json = new JsonFuzz();
    private final SocketFuzz sockets = new SocketFuzz();
    private final AddressFuzz addresses = new AddressFuzz();
    private final CodecFuzz codec = new CodecFuzz();

    @FuzzTest(maxExecutions = Fuzzing.INPUTS)
    void all(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        switch (data[0] & 3) {
            case 0 -> json.bodies(rest);
            case 1 -> sockets.messages(rest);
            case 2 -> addresses.addresses(rest);
            default -> codec.messages(rest);
        }
    }
}
