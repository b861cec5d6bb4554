/** The way from a command to its daemon: HTTP over loopback. */
package io.lanyard.cli.client;
