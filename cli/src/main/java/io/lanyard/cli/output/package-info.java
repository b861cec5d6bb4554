/** How commands speak: data on standard output, messages on standard error. */
package io.lanyard.cli.output;
