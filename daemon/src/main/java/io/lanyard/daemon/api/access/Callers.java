package io.lanyard.daemon.api.access;

import io.lanyard.daemon.security.AccessToken;
import io.lanyard.daemon.security.IdentityException;
import io.lanyard.daemon.security.OwnerToken;
import io.lanyard.daemon.security.Scope;
import io.lanyard.daemon.security.TokenBook;
import io.lanyard.daemon.security.TokenBook.Created;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Meters.Count;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Everybody who may come in: the owner, the browsers in which the owner signed in, and the holders of tokens. Of each
 * token there is one {@link TokenCaller}, however often it is shown, so that its limits hold over all its connections and
 * revoking it reaches all of them. Any thread.
 */
public final class Callers {

    private final OwnerToken owner;
    private final TokenBook book;
    private final ApiSettings settings;
    private final Sessions sessions = new Sessions(System::nanoTime);
    private final Map<String, TokenCaller> holders = new ConcurrentHashMap<>();
    private final Count refusedRequests;
    private final Count refusedMessages;

    /** Makes the list. */
    public Callers(OwnerToken owner, TokenBook book, ApiSettings settings, Meters meters) {
        this.owner = owner;
        this.book = book;
        this.settings = settings;
        this.refusedRequests = meters.count(
                "rate_limited_requests", "HTTP requests that were refused because their token sent too many.");
        this.refusedMessages = meters.count(
                "rate_limited_messages", "WebSocket messages that were refused because their token sent too many.");
        meters.gauge("tokens", "Tokens that are good now.", () -> book.list().size());
    }

    /** Returns whose token this is; a session's secret is the owner's. */
    Optional<Caller> find(String presented) {
        if (presented.length() > TokenBook.MAX_LENGTH) {
            return Optional.empty();
        }
        if (owner.matches(presented)) {
            return Optional.of(OwnerCaller.INSTANCE);
        }
        Optional<Caller> session = sessions.find(presented);
        return session.isPresent() ? session : book.find(presented).map(this::holderOf);
    }

    /** Returns whether any good token names this origin. */
    boolean isNamed(String origin) {
        return book.isNamed(origin);
    }

    /** Returns the browsers in which the owner signed in. */
    public Sessions sessions() {
        return sessions;
    }

    /** Returns the tokens that are good now. */
    public List<AccessToken> list() {
        return book.list();
    }

    /** Makes a token; see {@link TokenBook#create}. */
    public Created create(String name, List<Scope> scopes, List<String> origins, Duration life)
            throws TokenBook.RefusedException, IdentityException {
        Created created = book.create(name, scopes, origins, life);
        holders.values().removeIf(holder -> !book.isGood(holder.token()));
        return created;
    }

    /** Revokes a token, and ends all that is open under it; returns whether there was one. */
    public boolean revoke(String id) throws IdentityException {
        try {
            return book.revoke(id);
        } finally {
            TokenCaller holder = holders.remove(id);
            if (holder != null) {
                holder.end();
            }
        }
    }

    private TokenCaller newHolder(AccessToken token) {
        return new TokenCaller(
                token,
                book,
                new Allowance(
                        settings.requestsPerSecond(), ApiSettings.BURST_SECONDS, System::nanoTime, refusedRequests),
                new Allowance(
                        settings.messagesPerSecond(), ApiSettings.BURST_SECONDS, System::nanoTime, refusedMessages));
    }

    private Caller holderOf(AccessToken token) {
        TokenCaller holder = holders.computeIfAbsent(token.id(), id -> newHolder(token));
        if (holder.isEnded()) {
            // It was revoked while it was looked up.
            holders.remove(token.id(), holder);
            holder.end();
        }
        return holder;
    }
}
