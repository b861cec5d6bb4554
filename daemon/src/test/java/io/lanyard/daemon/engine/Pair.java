package io.lanyard.daemon.engine;

import static io.lanyard.daemon.engine.EngineBench.OTHER;
import static io.lanyard.daemon.engine.EngineBench.local;

import io.lanyard.crdt.Document;
import io.lanyard.crdt.DocumentId;
import io.lanyard.daemon.engine.ChangeSet.Amendment;
import io.lanyard.daemon.engine.Effect.Broadcast;
import io.lanyard.daemon.engine.Effect.Send;
import io.lanyard.daemon.engine.Input.MembersChanged;
import io.lanyard.daemon.engine.Input.Received;
import io.lanyard.daemon.engine.Input.Tick;
import io.lanyard.daemon.engine.WriteRequest.Mode;
import io.lanyard.daemon.message.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Two engines that hear each other, each on a store in memory whose records can be damaged. */
final class Pair {
    final EngineBench here;
    final EngineBench there;
    /** Says which messages are lost. */
    Predicate<Message> loses = message -> false;
    /** What the one here wanted done since the last look, besides sending. */
    final List<Effect> effectsHere = new ArrayList<>();

    private final Deque<Message> toHere = new ArrayDeque<>();
    private final Deque<Message> toThere = new ArrayDeque<>();

    private Pair(EngineBench here, EngineBench there) {
        this.here = here;
        this.there = there;
        here.stepMillis = 60;
        there.stepMillis = 60;
        collect(here.step(new MembersChanged(Set.of(OTHER))), toThere);
        collect(there.step(new MembersChanged(Set.of(OTHER))), toHere);
    }

    /** Makes two that have what the one here wrote, and know that they have it. */
    static Pair inStep(Operation... operations) {
        Pair pair = new Pair(new EngineBench("here"), new EngineBench("there"));
        pair.settle();
        pair.writeHere(operations);
        pair.settle();
        return pair;
    }

    /** Makes two that meet just now. */
    static Pair of(EngineBench here, EngineBench there) {
        return new Pair(here, there);
    }

    void writeHere(Operation... operations) {
        for (Operation operation : operations) {
            run(here, toThere, local(Mode.ALL_OR_NOTHING, operation));
        }
    }

    void writeThere(Operation... operations) {
        for (Operation operation : operations) {
            run(there, toHere, local(Mode.ALL_OR_NOTHING, operation));
        }
    }

    /** Gives the one here something to do. */
    void here(Input... inputs) {
        run(here, toThere, inputs);
    }

    void there(Input... inputs) {
        run(there, toHere, inputs);
    }

    /** Lets both talk for three seconds. */
    void settle() {
        settle(50);
    }

    void settle(int rounds) {
        for (int round = 0; round < rounds; round++) {
            run(here, toThere, received(toHere));
            run(there, toHere, received(toThere));
        }
    }

    private static Input[] received(Deque<Message> messages) {
        List<Input> inputs = new ArrayList<>(List.of(new Tick()));
        while (!messages.isEmpty()) {
            inputs.add(new Received(OTHER, messages.poll()));
        }
        return inputs.toArray(Input[]::new);
    }

    private void run(EngineBench bench, Deque<Message> target, Input... inputs) {
        List<Effect> effects = bench.step(inputs);
        if (bench == here) {
            effectsHere.addAll(effects);
        }
        collect(effects, target);
    }

    private void collect(List<Effect> effects, Deque<Message> target) {
        for (Effect effect : effects) {
            Message message = effect instanceof Broadcast broadcast
                    ? broadcast.message()
                    : effect instanceof Send send ? send.message() : null;
            if (message != null && !loses.test(message)) {
                target.add(message);
            }
        }
    }

    /** Overwrites the record of a document with what is none, under a number that no arrival has. */
    static void damage(EngineBench bench, String document) {
        amend(bench, document, bytes -> new byte[] {100, 2, 3});
    }

    /** Changes a document behind its engine's back; the record looks sound, down to the hash beside the document. */
    static void change(EngineBench bench, String document, UnaryOperator<Document> change) {
        DocumentId id = EngineBench.id(document);
        amend(bench, document, bytes -> {
            StoredDocument stored = StoredDocument.decode(bytes);
            Document changed = change.apply(stored.document());
            return new StoredDocument(stored.number(), stored.flippedAt(), changed.visibleHash(id), changed).encode();
        });
    }

    static void amend(EngineBench bench, String document, UnaryOperator<byte[]> change) {
        DocumentId id = EngineBench.id(document);
        byte[] record = bench.store.document(id).orElseThrow();
        Amendment amendment = new Amendment(id, StoredDocument.numberOf(record), change.apply(record));
        bench.store.commit(new ChangeSet(List.of(), List.of(amendment), List.of(), Map.of(), List.of(), 1_000));
    }
}
