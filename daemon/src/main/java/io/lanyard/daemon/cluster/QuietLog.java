package io.lanyard.daemon.cluster;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jgroups.logging.CustomLogFactory;
import org.jgroups.logging.Log;
import org.jgroups.logging.LogFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where JGroups logs to: slf4j, at most {@link #MAX_LINES} lines a minute for each of its classes, whatever strangers
 * throw at the port. Its stack traces are left out unless debug is on, and its information is our debug. Thread-safe.
 */
final class QuietLog implements Log {
    static final int MAX_LINES = 5;
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * Said whenever two members connect to each other at the same moment and one of the connections is dropped, and when
     * a connection to somebody who never became a member is closed for its silence.
     */
    private static final List<String> HARMLESS =
            List.of("failed sending graceful close", "Read timed out", "Stream closed");

    private final Logger log;
    private final AtomicLong windowStart = new AtomicLong(System.nanoTime());
    private final AtomicInteger lines = new AtomicInteger();

    QuietLog(Logger log) {
        this.log = log;
    }

    /** Makes JGroups log here. Must come before its first class is touched; may come again. */
    static void install() {
        if (LogFactory.getCustomLogFactory() == null) {
            LogFactory.setCustomLogFactory(new CustomLogFactory() {
                @Override
                public Log getLog(Class<?> type) {
                    return new QuietLog(LoggerFactory.getLogger(type));
                }

                @Override
                public Log getLog(String category) {
                    return new QuietLog(LoggerFactory.getLogger(category));
                }
            });
        }
    }

    private void say(boolean error, String text, Throwable cause) {
        long now = System.nanoTime();
        long start = windowStart.get();
        if (now - start > WINDOW_NANOS && windowStart.compareAndSet(start, now)) {
            int over = lines.getAndSet(0) - MAX_LINES;
            if (over > 0) {
                log.warn("{} more lines like the last were left out", over);
            }
        }
        if (HARMLESS.stream().anyMatch(text::contains)) {
            log.debug(text);
            return;
        }
        if (lines.incrementAndGet() > MAX_LINES) {
            return;
        }
        String line = cause == null || log.isDebugEnabled() ? text : text + ": " + cause;
        Throwable trace = log.isDebugEnabled() ? cause : null;
        if (error) {
            log.error(line, trace);
        } else {
            log.warn(line, trace);
        }
    }

    /** JGroups gives the cause of a failure as the last of its arguments. */
    private void say(boolean error, String format, Object... arguments) {
        Object last = arguments.length == 0 ? null : arguments[arguments.length - 1];
        say(error, text(format, arguments), last instanceof Throwable cause ? cause : null);
    }

    private static String text(String format, Object... arguments) {
        return arguments.length == 0 ? format : String.format(format, arguments);
    }

    @Override
    public boolean isFatalEnabled() {
        return log.isErrorEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return log.isErrorEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return log.isWarnEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return log.isDebugEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return log.isDebugEnabled();
    }

    @Override
    public boolean isTraceEnabled() {
        return log.isTraceEnabled();
    }

    @Override
    public void fatal(String message) {
        say(true, message, (Throwable) null);
    }

    @Override
    public void fatal(String format, Object... arguments) {
        say(true, format, arguments);
    }

    @Override
    public void fatal(String message, Throwable cause) {
        say(true, message, cause);
    }

    @Override
    public void error(String message) {
        say(true, message, (Throwable) null);
    }

    @Override
    public void error(String format, Object... arguments) {
        say(true, format, arguments);
    }

    @Override
    public void error(String message, Throwable cause) {
        say(true, message, cause);
    }

    @Override
    public void warn(String message) {
        say(false, message, (Throwable) null);
    }

    @Override
    public void warn(String format, Object... arguments) {
        say(false, format, arguments);
    }

    @Override
    public void warn(String message, Throwable cause) {
        say(false, message, cause);
    }

    @Override
    public void info(String message) {
        log.debug(message);
    }

    @Override
    public void info(String format, Object... arguments) {
        debug(format, arguments);
    }

    @Override
    public void debug(String message) {
        log.debug(message);
    }

    @Override
    public void debug(String format, Object... arguments) {
        if (log.isDebugEnabled()) {
            log.debug(text(format, arguments));
        }
    }

    @Override
    public void debug(String message, Throwable cause) {
        log.debug(message, cause);
    }

    @Override
    public void trace(Object object) {
        log.trace("{}", object);
    }

    @Override
    public void trace(String message) {
        log.trace(message);
    }

    @Override
    public void trace(String format, Object... arguments) {
        if (log.isTraceEnabled()) {
            log.trace(text(format, arguments));
        }
    }

    @Override
    public void trace(String message, Throwable cause) {
        log.trace(message, cause);
    }

    /** Levels are slf4j's business. */
    @Override
    public void setLevel(String level) {
        log.debug("level {} asked for and left as it is", level);
    }

    @Override
    public String getLevel() {
        return log.isTraceEnabled() ? "trace" : log.isDebugEnabled() ? "debug" : "warn";
    }
}
