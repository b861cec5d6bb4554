package io.lanyard.daemon.api.list;

import io.lanyard.daemon.engine.IndexReader;
import io.lanyard.daemon.engine.IndexReader.Entry;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The entries of an index within a stretch, one way or the other, read some at a time. */
final class IndexWalk implements Iterator<Entry> {

    private static final int AT_ONCE = 128;

    private final IndexReader index;
    private final KeyRange range;
    private final boolean isBackwards;
    private String at;
    private List<Entry> read = List.of();
    private int next;
    private boolean isAtEnd;

    IndexWalk(IndexReader index, KeyRange range, boolean isBackwards) {
        this.index = index;
        this.range = range;
        this.isBackwards = isBackwards;
        at = isBackwards ? range.to() : range.from();
    }

    @Override
    public boolean hasNext() {
        if (next == read.size() && !isAtEnd) {
            read = isBackwards ? index.before("", at, AT_ONCE) : index.after("", at, AT_ONCE);
            next = 0;
            isAtEnd = read.size() < AT_ONCE;
        }
        return next < read.size() && isWithin(read.get(next).mark());
    }

    private boolean isWithin(String mark) {
        return isBackwards ? mark.compareTo(range.from()) > 0 : mark.compareTo(range.to()) < 0;
    }

    @Override
    public Entry next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Entry entry = read.get(next++);
        at = entry.mark();
        return entry;
    }
}
