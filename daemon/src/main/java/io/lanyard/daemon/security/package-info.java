/**
 * Who a device is and which group it belongs to: the keys in the home directory, the certificates made from them, and
 * the rule by which a peer's certificate is accepted. Knows nothing of networks beyond the {@code SSLContext} it makes.
 */
package io.lanyard.daemon.security;
