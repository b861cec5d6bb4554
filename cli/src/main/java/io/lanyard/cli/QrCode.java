package io.lanyard.cli;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.util.ArrayList;
import java.util.List;

/**
 * A QR code in a terminal: two rows of modules to a line, in half blocks, with the margin of four modules that readers
 * need.
 *
 * <p>Where colours are allowed it is black on white by its own colours, whatever those of the terminal are. Without, the
 * light modules are drawn: right on a dark terminal, and inverted on a light one, which most readers take, too.
 */
final class QrCode {
    private static final int MARGIN = 4;
    private static final String BLACK_ON_WHITE = "\u001b[38;5;16;48;5;231m";
    private static final String AS_BEFORE = "\u001b[0m";

    private QrCode() {}

    /** Returns the lines of the code that holds {@code text}. */
    static List<String> lines(String text, boolean colour) {
        ByteMatrix modules;
        try {
            modules = Encoder.encode(text, ErrorCorrectionLevel.M).getMatrix();
        } catch (WriterException e) {
            throw new IllegalArgumentException("a text that no QR code holds", e);
        }
        List<String> lines = new ArrayList<>();
        for (int y = -MARGIN; y < modules.getHeight() + MARGIN; y += 2) {
            StringBuilder line = new StringBuilder();
            for (int x = -MARGIN; x < modules.getWidth() + MARGIN; x++) {
                boolean upper = isDark(modules, x, y) == colour;
                boolean lower = isDark(modules, x, y + 1) == colour;
                line.append(upper ? lower ? '\u2588' : '\u2580' : lower ? '\u2584' : ' ');
            }
            lines.add(colour ? BLACK_ON_WHITE + line + AS_BEFORE : line.toString());
        }
        return lines;
    }

    private static boolean isDark(ByteMatrix modules, int x, int y) {
        return x >= 0 && y >= 0 && x < modules.getWidth() && y < modules.getHeight() && modules.get(x, y) == 1;
    }
}
