package io.lanyard.daemon.security;

import java.io.ObjectInputFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Java's own serialisation, which this process never uses: bytes of a stranger that are read by it run code of his
 * choice. The launcher switches it off by {@code -Djdk.serialFilter=!*}; here it is switched off for whoever starts the
 * daemon in another way.
 */
public final class Deserialization {
    private static final Logger LOG = LoggerFactory.getLogger(Deserialization.class);

    private Deserialization() {}

    /** Refuses every Java object in this process, for good. May be called again. */
    public static void refuse() {
        if (isRefused()) {
            return;
        }
        try {
            ObjectInputFilter.Config.setSerialFilter(info -> ObjectInputFilter.Status.REJECTED);
        } catch (IllegalStateException e) {
            LOG.warn("Java objects may be read by this process: another filter was set before, and stays");
            LOG.debug("the filter stays as it is", e);
        }
    }

    /** Returns whether this process refuses every Java object. */
    public static boolean isRefused() {
        ObjectInputFilter filter = ObjectInputFilter.Config.getSerialFilter();
        return filter != null && filter.checkInput(new Probe()) == ObjectInputFilter.Status.REJECTED;
    }

    /** A plain object, as the filter is asked about it. */
    private static final class Probe implements ObjectInputFilter.FilterInfo {
        @Override
        public Class<?> serialClass() {
            return Object.class;
        }

        @Override
        public long arrayLength() {
            return -1;
        }

        @Override
        public long depth() {
            return 1;
        }

        @Override
        public long references() {
            return 1;
        }

        @Override
        public long streamBytes() {
            return 1;
        }
    }
}
