package io.lanyard.daemon.node;

/**
 * What a replica has done since its start.
 *
 * @param operationsDone operations of programs on this device that were answered as done and durable
 * @param operationsRefused those that were answered with a refusal
 * @param documentsMerged documents that what peers sent has changed, each time
 * @param liveWritesSent writes that were broadcast
 * @param liveWritesReceived live writes that came in, held back ones and repeated ones too
 * @param pagesSent pages that were served to peers
 * @param pagesReceived pages that came in
 * @param walksBegun walks of peers' indexes
 * @param walksFinished those that came to the tail
 * @param messagesDropped messages that were dropped because this device was too busy
 */
public record Activity(
        long operationsDone,
        long operationsRefused,
        long documentsMerged,
        long liveWritesSent,
        long liveWritesReceived,
        long pagesSent,
        long pagesReceived,
        long walksBegun,
        long walksFinished,
        long messagesDropped) {}
