package io.lanyard.daemon.engine;

import io.lanyard.daemon.message.Message.Device;

/**
 * What an engine needs to know about its device, and its limits.
 *
 * @param device who this is
 * @param maxDocumentBytes the largest document that a local write may leave, measured as text of paths and values
 * @param pageBytes how much a page of a walk holds, about; at least one document goes
 * @param pageScan how many arrival entries are looked at for one page, at most
 * @param journalLimit how many conflicts the journal keeps
 * @param heldBackBytes how much memory broadcasts may take that wait for what they build upon
 * @param heldBackMillis how long a broadcast waits, at most
 * @param summaryMillis the least time between two summaries that tell of changes
 * @param idleSummaryMillis the time between two summaries that tell nothing new
 * @param lackMillis how long something may be missing before it is pulled: it usually is on its way
 * @param pageTimeoutMillis how long a page may take before its walk is given up
 * @param checkMillis the time between two checks of this replica and against its peers that nobody asked for
 * @param garbageMillis the least time between two looks at what every device has
 * @param sweepScan how many entries of the arrival index are looked at for garbage in one step, at most
 * @param graveLimit how many deleted documents are remembered for local subscribers, about
 * @param fenceDelayMillis how long this device waits whether it gets otherwise what it lacks, before it goes through the
 *     fence
 */
public record Settings(
        Device device,
        int maxDocumentBytes,
        int pageBytes,
        int pageScan,
        int journalLimit,
        int heldBackBytes,
        long heldBackMillis,
        long summaryMillis,
        long idleSummaryMillis,
        long lackMillis,
        long pageTimeoutMillis,
        long checkMillis,
        long garbageMillis,
        int sweepScan,
        int graveLimit,
        long fenceDelayMillis) {

    /** Returns the settings of a daemon. */
    public static Settings of(Device device) {
        return new Settings(
                device, 256 << 10, 256 << 10, 4096, 1000, 16 << 20, 30_000, 100, 3_000, 250, 3_000, 3_600_000, 1_000,
                1_024, 65_536, 500);
    }
}
