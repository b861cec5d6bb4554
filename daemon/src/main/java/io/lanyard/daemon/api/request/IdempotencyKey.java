package io.lanyard.daemon.api.request;

import io.lanyard.daemon.api.access.Caller;
import io.lanyard.daemon.api.http.Etags;
import io.lanyard.daemon.api.http.Exchange;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.api.json.Problem.ProblemException;
import io.lanyard.daemon.engine.WriteRequest.Repeat;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;

/**
 * The header {@code Idempotency-Key}, or the member {@code key} of a message: a write that comes again under the same key
 * is answered as the first time and not done again. Keys of different tokens have nothing to do with each other.
 */
public final class IdempotencyKey {

    private static final String NAME = "Idempotency-Key";
    private static final int MAX_LENGTH = 255;

    private IdempotencyKey() {}

    /**
     * Returns the name of the request that the header gives it, if there is one.
     *
     * @throws ProblemException {@code invalid_value} if that may not be a key
     */
    public static Optional<Repeat> of(Exchange exchange, byte[] body) {
        List<String> values = exchange.request().getHeaders().getValuesList(NAME);
        if (values.isEmpty()) {
            return Optional.empty();
        }
        String key = checked(values.size() > 1 ? "" : values.get(0));
        String target = exchange.request().getHttpURI().getPathQuery();
        return Optional.of(new Repeat(
                hash(text(exchange.caller().tokenId()), text(key)),
                hash(
                        text(exchange.method()),
                        text(target),
                        text(exchange.client()),
                        text(String.valueOf(Etags.parse(exchange.request(), HttpHeader.IF_MATCH))),
                        text(String.valueOf(Etags.parse(exchange.request(), HttpHeader.IF_NONE_MATCH))),
                        body)));
    }

    /**
     * Returns the name that a message gives itself, if it does. The name of the program is no part of what is asked for:
     * a page that was loaded again has another one.
     *
     * @param members what says what is asked for
     * @throws ProblemException {@code invalid_value} if that may not be a key
     */
    public static Optional<Repeat> of(Caller caller, JsonFields fields, List<String> members) {
        return fields.optionalString("key").map(IdempotencyKey::checked).map(key -> {
            byte[][] asked = members.stream()
                    .map(member -> text(fields.wholeText(member)))
                    .toArray(byte[][]::new);
            return new Repeat(hash(text(caller.tokenId()), text(key)), hash(asked));
        });
    }

    private static String checked(String key) {
        boolean isPrintable = key.chars().allMatch(c -> c >= ' ' && c < 0x7f);
        if (key.isBlank() || key.length() > MAX_LENGTH || !isPrintable) {
            throw Code.INVALID_VALUE.exception(
                    "this is no " + NAME,
                    "send one of 1 to " + MAX_LENGTH + " printable ASCII characters, such as a UUID");
        }
        return key;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hash(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(text(part.length + ":"));
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
