package io.lanyard.daemon.api.http;

import io.lanyard.daemon.engine.Operation.Condition;
import io.lanyard.daemon.node.DocumentView;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;

/** What the header fields {@code If-Match} and {@code If-None-Match} of a write demand (RFC 9110, section 13.1). */
public final class Preconditions {

    private Preconditions() {}

    /** Returns what must hold for the document that {@code present} gives. */
    public static Condition of(Exchange exchange, Supplier<Optional<DocumentView>> present) {
        List<String> wanted = Etags.parse(exchange.request(), HttpHeader.IF_MATCH);
        List<String> unwanted = Etags.parse(exchange.request(), HttpHeader.IF_NONE_MATCH);
        String etag = wanted.isEmpty() ? null : wanted.get(0);
        if (wanted.size() > 1) {
            etag = present.get()
                    .map(DocumentView::etag)
                    .filter(wanted::contains)
                    .orElse(etag);
        }
        return new Condition(
                etag,
                unwanted.contains(Etags.ANY),
                new HashSet<>(unwanted.stream().map(Etags::strong).toList()));
    }
}
