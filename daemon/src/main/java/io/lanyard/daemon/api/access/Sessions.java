package io.lanyard.daemon.api.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The browsers in which the owner of this daemon signed in.
 *
 * <p>Everybody with an account on this machine can open the daemon's pages, so a click proves nothing. Whoever holds the
 * owner's token makes a code, good once and for some minutes; the page that shows it gets a secret, which it keeps in the
 * browser's storage for this address. It is no cookie: browsers send cookies to every port of a host, so whoever listens
 * on another port of this machine would be sent it.
 *
 * <p>Secrets are in memory only: they end with the daemon, and before somebody else can have its port. What is kept is
 * their hash, and never more than a fixed number; the oldest go. Any thread.
 */
public final class Sessions {

    /** How long a code may wait to be shown. */
    public static final long CODE_SECONDS = 300;

    /** How long a browser stays signed in without asking for anything. */
    static final long IDLE_SECONDS = TimeUnit.HOURS.toSeconds(12);

    private static final int MAX_KEPT = 64;
    private static final int SECRET_BYTES = 32;

    private final LongSupplier nanoClock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Long> codes = new LinkedHashMap<>();
    private final Map<String, Long> sessions = new LinkedHashMap<>();

    /** Begins with nobody. */
    Sessions(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Returns a new code. */
    public synchronized String newCode() {
        return add(codes, CODE_SECONDS);
    }

    /** Takes a code back and returns a session's secret for it; empty if it is wrong, too old, or was shown before. */
    public synchronized Optional<String> redeem(String code) {
        Long endNanos = codes.remove(hash(code));
        return endNanos == null || endNanos - nanoClock.getAsLong() < 0
                ? Optional.empty()
                : Optional.of(add(sessions, IDLE_SECONDS));
    }

    /** Returns the owner, if this is a session's secret. */
    synchronized Optional<Caller> find(String secret) {
        String key = hash(secret);
        Long endNanos = sessions.remove(key);
        long nowNanos = nanoClock.getAsLong();
        if (endNanos == null || endNanos - nowNanos < 0) {
            return Optional.empty();
        }
        sessions.put(key, nowNanos + TimeUnit.SECONDS.toNanos(IDLE_SECONDS));
        return Optional.of(OwnerCaller.INSTANCE);
    }

    private String add(Map<String, Long> kept, long seconds) {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        if (kept.size() >= MAX_KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        kept.put(hash(secret), nanoClock.getAsLong() + TimeUnit.SECONDS.toNanos(seconds));
        return secret;
    }

    /** Looking a hash up takes a time that tells nothing of the secret. */
    private static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
