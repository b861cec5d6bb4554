package io.lanyard.daemon.node;

import io.lanyard.crdt.CodecException;
import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.message.MessageCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sentences that a person should read, each once: states that last, and of what happened the newest {@value #MAX_KEPT}.
 * Thread-safe.
 */
final class Notices {

    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
    private static final int MAX_KEPT = 20;

    private final Map<String, String> standing = new LinkedHashMap<>();
    private long passedOver;
    private final Map<String, String> byCause = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_KEPT;
        }
    };

    synchronized void alarm(String sentence) {
        byCause.put(sentence, "Alarm: " + sentence + ".");
    }

    /** What an alarm said is so no more. */
    synchronized void alarmOver(String sentence) {
        if (byCause.remove(sentence) != null) {
            LOG.info("No longer so: {}.", sentence);
        }
    }

    /** A state that people should do something about began, is another one or is over: logged when it begins and ends. */
    synchronized void note(Effect.Notice notice) {
        if (notice.isOver()) {
            standing.remove(notice.about());
            LOG.info("{}", notice.sentence());
        } else if (standing.put(notice.about(), notice.sentence()) == null) {
            LOG.warn("{}", notice.sentence());
        }
    }

    /** A member speaks a newer protocol: refused, and logged the first time. */
    synchronized void newerVersion(MemberId member, int version) {
        String sentence = "A device of this group speaks protocol version " + version + ", newer than this one's "
                + MessageCodec.MAJOR + ", and is refused: update lanyard on this device to sync with it.";
        if (byCause.put("version " + version, sentence) == null) {
            LOG.warn("{} (member {})", sentence, member);
        }
    }

    /** A member of a newer minor version said what is not understood here: counted, and logged the first time. */
    synchronized void passedOver(MemberId member, Message.Unknown unknown) {
        passedOver++;
        String sentence = passedOver + " messages of a newer version of lanyard (protocol " + MessageCodec.MAJOR + "."
                + unknown.minor() + "; this one speaks " + MessageCodec.MAJOR + "." + MessageCodec.MINOR
                + ") were passed over; documents sync all the same. Update lanyard on this device to understand them.";
        if (byCause.put("passed over", sentence) == null) {
            LOG.info("{} (member {}, message kind {})", sentence, member, unknown.kind());
        }
    }

    /** A member sent what cannot be read: refused, and logged the first time. */
    synchronized void unreadable(MemberId member, CodecException why) {
        String sentence = "A device of this group sent a message that cannot be read (" + why.getMessage()
                + "): if it happens again, update lanyard on both.";
        if (byCause.put("unreadable " + member, sentence) == null) {
            LOG.warn("{} (member {})", sentence, member, why);
        }
    }

    synchronized List<String> current(long droppedMessages) {
        List<String> sentences = new ArrayList<>(standing.values());
        sentences.addAll(byCause.values());
        if (droppedMessages > 0) {
            sentences.add(droppedMessages + " messages of peers were dropped because this device was too busy;"
                    + " what they said came, or comes, by catch-up.");
        }
        return sentences;
    }
}
