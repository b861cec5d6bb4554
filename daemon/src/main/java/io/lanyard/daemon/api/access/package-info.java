/**
 * Who may come in, as whom, and what they may then do: the Host and Origin of a request, tokens and sign-ins, the rights
 * of a {@link io.lanyard.daemon.api.access.Caller}, and how much each of them may use at a time.
 */
package io.lanyard.daemon.api.access;
