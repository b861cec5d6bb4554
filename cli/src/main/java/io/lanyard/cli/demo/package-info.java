/** Several real daemons on one machine, and the story that they play. */
package io.lanyard.cli.demo;
