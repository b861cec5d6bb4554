package io.lanyard.daemon.engine;

import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.Effect.Alarm;
import io.lanyard.daemon.engine.Effect.AlarmOver;
import io.lanyard.daemon.engine.Peer.DigestPair;
import io.lanyard.daemon.engine.VerifyReport.PeerResult;
import io.lanyard.daemon.message.Message.Device;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What people were told about differences from other devices, and when that is over. One alarm a device at a time. */
final class Findings {

    private static final int MAX_TOLD = 10;

    private final ReplicaState state;
    private final List<Effect> effects;
    private final Map<String, Finding> byDeviceId = new TreeMap<>();

    /** Alarms are appended to {@code effects}. */
    Findings(ReplicaState state, List<Effect> effects) {
        this.state = state;
        this.effects = effects;
    }

    /** A difference from a device that stands until both show the same again. */
    private static final class Finding {
        final String sentence;
        final List<DocumentId> documents;
        /** What both said that they show when it was found: they may say the same, and one of them be wrong. */
        final DigestPair digests;

        boolean isOtherwiseSince;

        Finding(String sentence, List<DocumentId> documents, DigestPair digests) {
            this.sentence = sentence;
            this.documents = documents;
            this.digests = digests;
        }
    }

    /** Returns true if documents are known to differ from the device's. */
    boolean isDiffering(Device device) {
        return byDeviceId.containsKey(device.id());
    }

    /** Returns how many documents are known to differ from some device's; one that differs from several counts once. */
    long documents() {
        return byDeviceId.values().stream()
                .flatMap(finding -> finding.documents.stream())
                .distinct()
                .count();
    }

    /** Notes what a peer says that it shows; {@code isEqual} if that is what this replica shows. */
    void hear(Peer peer, boolean isEqual) {
        Finding finding = byDeviceId.get(peer.device.id());
        if (finding == null) {
            return;
        }
        finding.isOtherwiseSince |= !finding.digests.equals(digests(peer));
        if (isEqual && finding.isOtherwiseSince) {
            end(peer.device);
        }
    }

    private DigestPair digests(Peer peer) {
        return new DigestPair(state.digest().root(), peer.digest);
    }

    /** Tells which documents differ from a peer's. */
    void differs(Peer peer, PeerResult result) {
        alarm(peer, sentence(result), result.documents());
    }

    /** Tells that a peer's digest differs, and that it did not say where. */
    void unexplained(Peer peer, PeerResult result) {
        alarm(
                peer,
                "this device and " + result.device().name()
                        + " hold the same writes but show different documents; which ones is not known, since "
                        + result.detail(),
                List.of());
    }

    private static String sentence(PeerResult result) {
        String name = result.device().name();
        return "this device and " + name + " hold the same writes but show "
                + (result.hasMore() ? "at least " : "") + told(result.documents())
                + " differently: one of the two is damaged; find out which, and there run"
                + " 'lanyard verify --repair --from DEVICE' with the sound one";
    }

    /** Returns the number of documents, and the first names, in words. */
    static String told(List<DocumentId> ids) {
        int count = ids.size();
        String names = ids.stream().limit(MAX_TOLD).map(DocumentId::toString).collect(Collectors.joining(", "));
        return count + (count == 1 ? " document (" : " documents (") + names + (count > MAX_TOLD ? ", …)" : ")");
    }

    private void alarm(Peer peer, String sentence, List<DocumentId> documents) {
        Finding before = byDeviceId.put(peer.device.id(), new Finding(sentence, documents, digests(peer)));
        if (before == null || !sentence.equals(before.sentence)) {
            if (before != null) {
                effects.add(new AlarmOver(before.sentence));
            }
            effects.add(new Alarm(sentence));
        }
    }

    /** Notes that a device shows the same again. */
    void end(Device device) {
        Finding finding = byDeviceId.remove(device.id());
        if (finding != null) {
            effects.add(new AlarmOver(finding.sentence));
        }
    }
}
