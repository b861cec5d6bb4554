package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.MainFile.SLICE_BYTES;
import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;
import static io.lanyard.daemon.store.PageOverlay.HEAD_BYTES;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.mapdb.DBException;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;

/**
 * What MapDB reads and writes of a {@link PageOverlay}: numbers and bytes at offsets. Writing what is there already changes
 * nothing.
 */
abstract class PagedVolume extends Volume {
    private static final byte[] ZEROS = new byte[PAGE_BYTES];
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    final PageOverlay pages;

    PagedVolume(PageOverlay pages) {
        this.pages = pages;
    }

    /** Throws if nothing may be changed any more. */
    abstract void refuseAfterFailure();

    @Override
    public void ensureAvailable(long offset) {
        if (offset <= length()) {
            return;
        }
        refuseAfterFailure();
        try {
            pages.mapUpTo(offset);
        } catch (IOException e) {
            fail(e);
            throw new DBException.VolumeIOError(e);
        }
    }

    /** Refuses everything from now on, as after a failed write. */
    abstract void fail(Throwable cause);

    private static int within(long offset) {
        return (int) offset & (PAGE_BYTES - 1);
    }

    private byte[] writable(long offset) {
        refuseAfterFailure();
        return pages.writablePage(offset);
    }

    @Override
    public void putLong(long offset, long value) {
        if (getLong(offset) == value) {
            return;
        }
        if (within(offset) > PAGE_BYTES - Long.BYTES) {
            putData(offset, ByteBuffer.allocate(Long.BYTES).putLong(0, value).array(), 0, Long.BYTES);
            return;
        }
        LONG.set(writable(offset), within(offset), value);
        if (offset < HEAD_BYTES) {
            LONG.set(pages.head, (int) offset, value);
        }
    }

    @Override
    public void putInt(long offset, int value) {
        if (getInt(offset) == value) {
            return;
        }
        if (within(offset) > PAGE_BYTES - Integer.BYTES) {
            putData(offset, ByteBuffer.allocate(Integer.BYTES).putInt(0, value).array(), 0, Integer.BYTES);
            return;
        }
        INT.set(writable(offset), within(offset), value);
        if (offset < HEAD_BYTES) {
            INT.set(pages.head, (int) offset, value);
        }
    }

    @Override
    public void putByte(long offset, byte value) {
        if (getByte(offset) == value) {
            return;
        }
        writable(offset)[within(offset)] = value;
        if (offset < HEAD_BYTES) {
            pages.head[(int) offset] = value;
        }
    }

    @Override
    public void putData(long offset, byte[] source, int sourcePosition, int size) {
        int done = 0;
        while (done < size) {
            long at = offset + done;
            int count = Math.min(size - done, PAGE_BYTES - within(at));
            putWithinPage(at, source, sourcePosition + done, count);
            done += count;
        }
    }

    private void putWithinPage(long offset, byte[] source, int sourcePosition, int size) {
        byte[] present = pages.readablePage(offset);
        int from = within(offset);
        if (Arrays.equals(present, from, from + size, source, sourcePosition, sourcePosition + size)) {
            return;
        }
        System.arraycopy(source, sourcePosition, writable(offset), from, size);
        if (offset < HEAD_BYTES) {
            System.arraycopy(source, sourcePosition, pages.head, (int) offset, size);
        }
    }

    @Override
    public void putData(long offset, ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        putData(offset, bytes, 0, bytes.length);
    }

    @Override
    public void clear(long startOffset, long endOffset) {
        for (long at = startOffset; at < endOffset; ) {
            int count = (int) Math.min(endOffset - at, PAGE_BYTES - within(at));
            putWithinPage(at, ZEROS, 0, count);
            at += count;
        }
    }

    @Override
    public long getLong(long offset) {
        if (offset <= HEAD_BYTES - Long.BYTES) {
            return (long) LONG.get(pages.head, (int) offset);
        }
        if (within(offset) > PAGE_BYTES - Long.BYTES) {
            byte[] bytes = new byte[Long.BYTES];
            getData(offset, bytes, 0, Long.BYTES);
            return (long) LONG.get(bytes, 0);
        }
        Slice slice = pages.slice(offset);
        byte[] page = pages.copyOf(slice, offset);
        return page == null
                ? slice.synced.getLong((int) offset & (SLICE_BYTES - 1))
                : (long) LONG.get(page, within(offset));
    }

    @Override
    public int getInt(long offset) {
        if (offset <= HEAD_BYTES - Integer.BYTES) {
            return (int) INT.get(pages.head, (int) offset);
        }
        byte[] bytes = new byte[Integer.BYTES];
        getData(offset, bytes, 0, Integer.BYTES);
        return (int) INT.get(bytes, 0);
    }

    @Override
    public byte getByte(long offset) {
        Slice slice = pages.slice(offset);
        byte[] page = pages.copyOf(slice, offset);
        return page == null ? slice.synced.get((int) offset & (SLICE_BYTES - 1)) : page[within(offset)];
    }

    @Override
    public void getData(long offset, byte[] target, int targetPosition, int size) {
        int done = 0;
        while (done < size) {
            long at = offset + done;
            int count = Math.min(size - done, PAGE_BYTES - within(at));
            Slice slice = pages.slice(at);
            byte[] page = pages.copyOf(slice, at);
            if (page == null) {
                slice.synced.get((int) at & (SLICE_BYTES - 1), target, targetPosition + done, count);
            } else {
                System.arraycopy(page, within(at), target, targetPosition + done, count);
            }
            done += count;
        }
    }

    /** A copy: bounds hold even where damaged bytes would lead a reader astray. */
    @Override
    public DataInput2 getDataInput(long offset, int size) {
        byte[] bytes = new byte[size];
        try {
            getData(offset, bytes, 0, size);
        } catch (DamagedPageException e) {
            if (!pages.check.isSalvaged()) {
                throw e;
            }
            readUnchecked(offset, bytes);
            return new DamagedInput(bytes, e);
        }
        return new DataInput2.ByteArray(bytes);
    }

    private void readUnchecked(long offset, byte[] target) {
        int done = 0;
        while (done < target.length) {
            long at = offset + done;
            int count = Math.min(target.length - done, PAGE_BYTES - within(at));
            pages.readUnchecked(at, target, done, count);
            done += count;
        }
    }

    @Override
    public long length() {
        return pages.length();
    }

    /** Space is never given back: a mapped file cannot be shortened everywhere. */
    @Override
    public void truncate(long size) {
        throw new UnsupportedOperationException("truncate");
    }

    @Override
    public int sliceSize() {
        return SLICE_BYTES;
    }

    @Override
    public boolean isSliced() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public File getFile() {
        return null;
    }

    @Override
    public boolean getFileLocked() {
        return true;
    }
}
