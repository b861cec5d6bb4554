package io.lanyard.cli.client;

import io.lanyard.cli.json.JsonValue;
import java.io.IOException;
import java.util.Map;

/**
 * A daemon's answer to a request that it carried out.
 *
 * @param status the HTTP status, 200 to 299
 * @param headers the header fields by their lower-case names
 * @param body the body as text; empty when there was none
 */
public record Answer(int status, Map<String, String> headers, String body) {

    /** Returns a header field by its name in lower case, or an empty string. */
    public String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /**
     * Returns the body as JSON.
     *
     * @throws DaemonUnreachableException when it is not JSON: whatever answered is no Lanyard daemon
     */
    public JsonValue json() throws DaemonUnreachableException {
        try {
            return JsonValue.parse(body);
        } catch (IOException notJson) {
            throw new DaemonUnreachableException("what answered there is not a Lanyard daemon: its answer is not JSON");
        }
    }
}
