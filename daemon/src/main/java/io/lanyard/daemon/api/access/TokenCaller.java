package io.lanyard.daemon.api.access;

import io.lanyard.daemon.security.AccessToken;
import io.lanyard.daemon.security.Scope.Right;
import io.lanyard.daemon.security.TokenBook;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The holder of a token. Any thread. */
final class TokenCaller implements Caller {

    private final AccessToken token;
    private final TokenBook book;
    private final Allowance requests;
    private final Allowance messages;
    private final Set<Wish> wishes = new LinkedHashSet<>();
    private boolean isTold;

    /** Makes the holder of {@code token}, with these allowances. */
    TokenCaller(AccessToken token, TokenBook book, Allowance requests, Allowance messages) {
        this.token = token;
        this.book = book;
        this.requests = requests;
        this.messages = messages;
    }

    /** A wish to be told of the end; compared by identity. */
    private static final class Wish {
        private final Runnable action;

        Wish(Runnable action) {
            this.action = action;
        }
    }

    /** Returns what is known of the token. */
    AccessToken token() {
        return token;
    }

    /** Tells everybody who wished to hear that the token is good no more. */
    void end() {
        List<Wish> told;
        synchronized (this) {
            isTold = true;
            told = new ArrayList<>(wishes);
            wishes.clear();
        }
        told.forEach(wish -> wish.action.run());
    }

    @Override
    public String tokenId() {
        return token.id();
    }

    @Override
    public String name() {
        return token.name();
    }

    @Override
    public boolean isOwner() {
        return false;
    }

    @Override
    public boolean mayComeFrom(String origin) {
        return token.origins().contains(origin);
    }

    @Override
    public boolean mayRead(String collection) {
        return token.allows(Right.READ, collection);
    }

    @Override
    public boolean mayWrite(String collection) {
        return token.allows(Right.WRITE, collection);
    }

    @Override
    public boolean maySettle(String collection) {
        return token.allows(Right.SETTINGS, collection);
    }

    @Override
    public boolean mayReadAll() {
        return token.scopes().stream()
                .anyMatch(scope -> scope.pattern() != null && scope.pattern().matchesAll());
    }

    @Override
    public boolean mayUse(Right right) {
        return token.allows(right);
    }

    @Override
    public boolean isEnded() {
        return !book.isGood(token);
    }

    @Override
    public Registration onEnd(Runnable action) {
        Wish wish = new Wish(action);
        synchronized (this) {
            if (!isTold) {
                wishes.add(wish);
                return () -> forget(wish);
            }
        }
        action.run();
        return () -> {};
    }

    private synchronized void forget(Wish wish) {
        wishes.remove(wish);
    }

    @Override
    public void countRequest() {
        requests.take("requests");
    }

    @Override
    public void countMessage() {
        messages.take("messages");
    }
}
