/**
 * The data of Lanyard and how it merges: stamps, registers, documents, writes, version vectors, digests and their
 * binary form. Pure: no I/O, no threads, no clocks of its own.
 */
package io.lanyard.crdt;
