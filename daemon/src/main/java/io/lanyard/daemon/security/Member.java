package io.lanyard.daemon.security;

/**
 * A device that was admitted into the group at some time.
 *
 * @param id its device id, 32 hexadecimal digits
 * @param name what it was called when it was admitted
 * @param role what it may do
 * @param admittedBy the id of the admin that admitted it; the founder admitted itself
 * @param isRevoked whether an admin took its membership away, for good
 */
public record Member(String id, String name, Role role, String admittedBy, boolean isRevoked) {

    /** How many digits of an id people are shown. */
    public static final int SHORT_ID_LENGTH = 8;

    /** Returns the first digits of the id, for people. */
    public String shortId() {
        return id.substring(0, SHORT_ID_LENGTH);
    }
}
