package io.lanyard.daemon.security;

import java.util.List;

/**
 * What is known of a token: everything but its secret part.
 *
 * @param id its name for programs
 * @param name its name for people
 * @param scopes what its holder may do
 * @param origins the web pages that may use it; programs that are none always may
 * @param createdMillis when it was made
 * @param expiresMillis from when on it is good no more
 */
public record AccessToken(
        String id, String name, List<Scope> scopes, List<String> origins, long createdMillis, long expiresMillis) {

    /** Copies the lists. */
    public AccessToken {
        scopes = List.copyOf(scopes);
        origins = List.copyOf(origins);
    }

    /** Returns whether a scope allows {@code right} for {@code collection}. */
    public boolean allows(Scope.Right right, String collection) {
        for (Scope scope : scopes) {
            if (scope.allows(right, collection)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a scope gives {@code right} over the daemon. */
    public boolean allows(Scope.Right right) {
        return scopes.stream().anyMatch(scope -> scope.pattern() == null && scope.right() == right);
    }
}
