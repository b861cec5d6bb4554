package io.lanyard.daemon.store;

import java.nio.ByteBuffer;

/** For tests that change a main file on purpose, and do not want it noticed by the sums of its pages. */
final class MainFiles {

    private MainFiles() {}

    /** Brings the sums in a main file up to date. */
    static void seal(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        for (int slice = 0; slice < file.length / MainFile.SLICE_FILE_BYTES; slice++) {
            int start = slice * MainFile.SLICE_FILE_BYTES;
            for (int page = 0; page < MainFile.PAGES_PER_SLICE; page++) {
                int sum = PageSum.of(bytes, start + page * PageChanges.PAGE_BYTES);
                bytes.putInt(start + MainFile.SLICE_BYTES + page * Integer.BYTES, sum);
            }
        }
    }
}
