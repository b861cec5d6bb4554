/**
 * What a device keeps on its disk: {@link io.lanyard.daemon.store.MapDbStore}, which is MapDB on a volume of our own.
 * MapDB brings the trees and the space management; the volume brings atomic, durable commits by a redo journal, which
 * MapDB does not have.
 *
 * <pre>
 * MapDbStore -> ArrivalIndex, ConflictJournal -> MapDB -> JournaledVolume -> RedoJournal -> JournalSegment
 *                                                                         -> MainFile    -> Disk
 * </pre>
 */
package io.lanyard.daemon.store;
