package io.lanyard.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.decoder.Decoder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QrCodeTest {
    private static final String CODE = "K7QF-2MZX-9RTB-4WHD-7C3N";
    private static final int MARGIN = 4;

    /** Black on white by its own colours, or the light modules drawn on whatever is dark. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void lines_asTheTerminalShowsThem_holdTheCode(boolean colour) throws Exception {
        List<String> lines = QrCode.lines(CODE, colour).stream()
                .map(line -> line.replaceAll("\u001b\\[[0-9;]*m", ""))
                .toList();
        int width = lines.get(0).length();
        BitMatrix modules = new BitMatrix(width - 2 * MARGIN);
        for (int row = 0; row < lines.size(); row++) {
            assertEquals(width, lines.get(row).length());
            for (int x = 0; x < width; x++) {
                char half = lines.get(row).charAt(x);
                mark(modules, x, 2 * row, (half == '\u2588' || half == '\u2580') == colour);
                mark(modules, x, 2 * row + 1, (half == '\u2588' || half == '\u2584') == colour);
            }
        }
        assertEquals(CODE, new Decoder().decode(modules).getText());
        assertTrue(width <= 40 && lines.size() <= 20, width + " x " + lines.size());
    }

    private static void mark(BitMatrix modules, int x, int y, boolean isDark) {
        int inner = modules.getWidth();
        boolean isInside = x >= MARGIN && y >= MARGIN && x < inner + MARGIN && y < inner + MARGIN;
        assertTrue(isInside || !isDark, "the margin is light");
        if (isInside && isDark) {
            modules.set(x - MARGIN, y - MARGIN);
        }
    }
}
