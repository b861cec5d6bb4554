package io.lanyard.daemon.history;

import java.util.List;
import java.util.Map;

/**
 * What the checker found.
 *
 * @param violations every promise that was broken
 * @param writes how many writes of each outcome and kind there were
 * @param documents how many documents were judged
 * @param fields how many fields were judged
 * @param openFields for how many of them more than one write may have been the newest
 * @param goneDocuments how many documents were rightly not there
 * @param reads how many reads were judged
 * @param writtenApart how many writes were made while some device was cut off
 * @param conflicts how many entries the conflict journals had
 * @param lostValues how many values were lost to a concurrent write for certain
 * @param missedConflicts how many of them stand in nobody's journal
 * @param falseConflicts how many entries name a value that nobody wrote to concurrently, for certain
 */
public record Report(
        List<Violation> violations,
        Map<String, Long> writes,
        int documents,
        int fields,
        int openFields,
        int goneDocuments,
        int reads,
        long writtenApart,
        int conflicts,
        int lostValues,
        int missedConflicts,
        int falseConflicts) {

    /** Returns whether nothing is wrong. */
    public boolean isClean() {
        return violations.isEmpty();
    }

    /** Returns how many violations are of that kind. */
    public long count(Violation.Kind kind) {
        return violations.stream().filter(violation -> violation.kind() == kind).count();
    }

    /** Returns the figures in one line, for people. */
    public String summary() {
        return writes + " to " + documents + " documents, " + writtenApart + " while apart; " + reads
                + " reads; " + fields + " fields judged, " + openFields + " of them open, " + goneDocuments
                + " documents gone; " + conflicts + " conflicts journaled, " + falseConflicts + " of them false, "
                + lostValues + " values surely lost, " + missedConflicts + " of them in no journal; "
                + violations.size() + " violations";
    }

    /** Throws with the first violations if there are any. */
    public void requireClean() {
        if (!isClean()) {
            StringBuilder text = new StringBuilder(summary());
            violations.stream().limit(5).forEach(violation -> text.append('\n').append(violation));
            throw new AssertionError(text.toString());
        }
    }
}
