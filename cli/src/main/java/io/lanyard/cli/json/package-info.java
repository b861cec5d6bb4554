/** JSON as the daemon speaks it: parsed strictly enough to read, written back digit for digit. */
package io.lanyard.cli.json;
