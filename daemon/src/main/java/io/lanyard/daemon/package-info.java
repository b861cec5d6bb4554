/** The daemon: stores, serves and replicates one device's documents. */
package io.lanyard.daemon;
