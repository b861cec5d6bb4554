/** The command line: one class per command, thin over a small loopback client. */
package io.lanyard.cli;
