package io.lanyard.daemon.history;

import java.util.Map;

/**
 * What a program was shown on a device.
 *
 * @param device on which device
 * @param invokedAt when it asked
 * @param answeredAt when the answer was there
 * @param isInStep whether the device has received live everything that it shows: then batches of other devices are whole
 *     here too
 * @param isAtOnce whether all of {@code documents} were read at one moment
 * @param documents the fields by path of each document; {@code null} for one that was not there
 */
public record ReadEvent(
        int device,
        long invokedAt,
        long answeredAt,
        boolean isInStep,
        boolean isAtOnce,
        Map<String, Map<String, Object>> documents) {}
