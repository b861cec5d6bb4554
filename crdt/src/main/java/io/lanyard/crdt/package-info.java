/** The data types that merge: stamps, registers, documents, writes, version vectors, and their binary form. */
package io.lanyard.crdt;
