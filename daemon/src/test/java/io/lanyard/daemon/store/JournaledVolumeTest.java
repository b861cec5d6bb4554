package io.lanyard.daemon.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.store.SimulatedDisk.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mapdb.DBException;

class JournaledVolumeTest {
    private static final int SEGMENT_BYTES = 1 << 20;

    private final SimulatedDisk disk = new SimulatedDisk(new Random(5));

    @Test
    void everyPutAndGet_doesAsAnArrayWould() throws IOException {
        Random random = new Random(3);
        JournaledVolume volume = open();
        volume.ensureAvailable(1 << 20);
        byte[] model = new byte[200_000];
        for (int step = 0; step < 20_000; step++) {
            int offset = random.nextInt(random.nextBoolean() ? 70_000 : model.length - 5_000);
            putSomething(volume, model, offset, random);
            assertEquals(ByteBuffer.wrap(model).getLong(offset), volume.getLong(offset));
            assertEquals(ByteBuffer.wrap(model).getInt(offset), volume.getInt(offset));
            assertEquals(model[offset], volume.getByte(offset));
            if (random.nextInt(50) == 0) {
                volume.sync();
            }
            if (random.nextInt(1_000) == 0) {
                assertHolds(model, volume);
            }
        }
        volume.sync();
        assertHolds(model, volume);
        assertHolds(model, open());
    }

    private static void putSomething(JournaledVolume volume, byte[] model, int offset, Random random) {
        ByteBuffer bytes = ByteBuffer.wrap(model);
        switch (random.nextInt(5)) {
            case 0 -> {
                long value = random.nextLong();
                volume.putLong(offset, value);
                bytes.putLong(offset, value);
            }
            case 1 -> {
                int value = random.nextInt();
                volume.putInt(offset, value);
                bytes.putInt(offset, value);
            }
            case 2 -> {
                byte value = (byte) random.nextInt();
                volume.putByte(offset, value);
                bytes.put(offset, value);
            }
            case 3 -> {
                byte[] value = new byte[random.nextInt(4_000)];
                random.nextBytes(value);
                volume.putData(offset, value, 0, value.length);
                bytes.put(offset, value);
            }
            default -> {
                int length = random.nextInt(4_000);
                volume.clear(offset, offset + length);
                bytes.put(offset, new byte[length]);
            }
        }
    }

    private static void assertHolds(byte[] model, JournaledVolume volume) {
        byte[] found = new byte[model.length];
        volume.getData(0, found, 0, found.length);
        assertArrayEquals(model, found);
    }

    @Test
    void sync_nothingChanged_writesNothing() throws IOException {
        JournaledVolume volume = open();
        volume.ensureAvailable(1 << 20);
        volume.putLong(80_000, 7);
        volume.sync();
        disk.arm(Fault.WRITE_ERROR, 1);
        volume.putLong(80_000, 7);
        volume.putInt(80_004, 7);
        volume.putByte(80_007, (byte) 7);
        volume.putData(80_000, new byte[] {0, 0, 0, 0, 0, 0, 0, 7}, 0, 8);
        volume.clear(90_000, 99_000);
        volume.sync();
        volume.putByte(80_007, (byte) 8);
        assertThrows(DBException.VolumeIOError.class, volume::sync);
    }

    @Test
    void writeFailed_everyWriteIsRefusedUntilReopened() throws IOException {
        JournaledVolume volume = open();
        volume.ensureAvailable(1 << 20);
        volume.putLong(0, 1);
        volume.sync();
        disk.arm(Fault.WRITE_ERROR, 1);
        volume.putLong(0, 2);
        assertThrows(DBException.VolumeIOError.class, volume::sync);
        assertThrows(DBException.VolumeIOError.class, volume::sync);
        assertThrows(DBException.VolumeIOError.class, () -> volume.putLong(0, 3));
        assertThrows(DBException.VolumeIOError.class, () -> volume.ensureAvailable(1 << 24));
        volume.close();
        assertEquals(1, open().getLong(0));
    }

    @Test
    void grown_powerLost_isAsLongAsTheLastSyncSaw() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            SimulatedDisk lossy = new SimulatedDisk(new Random(seed));
            JournaledVolume volume = JournaledVolume.open(lossy, StoreFiles.FIRST, SEGMENT_BYTES, Runnable::run);
            volume.ensureAvailable(9 << 20);
            volume.putLong(0, 1);
            volume.sync();
            lossy.restorePower();
            JournaledVolume reopened = JournaledVolume.open(lossy, StoreFiles.FIRST, SEGMENT_BYTES, Runnable::run);
            assertTrue(reopened.length() >= 9 << 20, "seed " + seed + ": " + reopened.length());
            assertEquals(0, reopened.getLong((9 << 20) - 8));
        }
    }

    @Test
    void open_mainFileShorterThanItWas_isRefused() throws IOException {
        JournaledVolume volume = open();
        volume.ensureAvailable(9 << 20);
        volume.putLong(0, 1);
        volume.sync();
        volume.close();
        disk.shorten(StoreFiles.FIRST.main(), 8 << 20);
        assertThrows(DamagedFileException.class, this::open);
    }

    @Test
    void beyondTheEnd_isRefused() throws IOException {
        JournaledVolume volume = open();
        assertThrows(DBException.VolumeEOF.class, () -> volume.getLong(1 << 20));
        volume.ensureAvailable(1);
        assertEquals(0, volume.getLong(1 << 20));
        assertThrows(DBException.VolumeEOF.class, () -> volume.putLong(1L << 40, 1));
    }

    private JournaledVolume open() throws IOException {
        return JournaledVolume.open(disk, StoreFiles.FIRST, SEGMENT_BYTES, Runnable::run);
    }
}
