/**
 * JSON in and out, and problems, which are what a wrong text is answered with. Reading is strict and exact: numbers stay
 * the text they were, and what would be lost is refused. Here stands, too, how what the node says is written, whoever asks
 * for it, and how long anything may be ({@link io.lanyard.daemon.api.json.Limits}). Knows nothing of HTTP and of callers.
 */
package io.lanyard.daemon.api.json;
