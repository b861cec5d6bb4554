package io.lanyard.daemon.security;

import java.util.regex.Pattern;

/**
 * A collection's name, in which {@code *} stands for any text, dots included: in scopes of tokens and in subscriptions
 * alike.
 *
 * @param text the pattern
 */
public record NamePattern(String text) {

    private static final int MAX_LENGTH = 128;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_*-]+(\\.[A-Za-z0-9_*-]+)*");

    /**
     * Checks the pattern.
     *
     * @throws IllegalArgumentException if it could match no collection's name
     */
    public NamePattern {
        if (text.length() > MAX_LENGTH || !FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("a collection is letters, digits, _, -, dots between words, and *");
        }
    }

    /** Returns whether it matches every name. */
    public boolean matchesAll() {
        return text.chars().allMatch(character -> character == '*');
    }

    /** Returns whether it matches {@code name}. */
    public boolean matches(String name) {
        return matches(text, name);
    }

    /**
     * Returns whether {@code text}, which has to be a pattern, matches {@code name}. Goes back to the last star only: no pattern takes more than length by
     * length steps.
     */
    public static boolean matches(String text, String name) {
        int at = 0;
        int star = -1;
        int afterStar = 0;
        for (int i = 0; i < name.length(); ) {
            if (at < text.length() && text.charAt(at) == '*') {
                star = at++;
                afterStar = i;
            } else if (at < text.length() && text.charAt(at) == name.charAt(i)) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++afterStar;
            } else {
                return false;
            }
        }
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
        }
        return at == text.length();
    }
}
