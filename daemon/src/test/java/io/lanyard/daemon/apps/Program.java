package io.lanyard.daemon.apps;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/**
 * An app as people have it today, in little: it shows what it knows from a cache of its own, says whether it is online,
 * connects again by itself, and keeps what it cannot send to send it again and again.
 */
final class Program implements AutoCloseable {

    static final String ONLINE = "Online";
    static final String OFFLINE = "Offline - showing cached data";

    private static final long RETRY_MILLIS = 100;

    private final Path home;
    private final Optional<String> token;
    private final String name;
    private final List<String> collections;
    private final Map<String, Object> shown = new TreeMap<>();
    private final List<Map<String, Object>> told = new ArrayList<>();
    private final List<Map<String, Object>> queue = new ArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ScheduledExecutorService retries = Executors.newSingleThreadScheduledExecutor();
    private final Thread listening = new Thread(this::listen, "program");

    private Subscriber socket;
    private String position = "start";
    private String indicator = OFFLINE;
    private List<Map<String, Object>> sending = List.of();
    private String sendingKey;
    private int connections;
    private int failedSends;

    /** Starts it for the owner of the daemon in {@code home}. */
    static Program of(Group.Device device, String name, String... collections) {
        return new Program(device.home(), Optional.empty(), name, collections);
    }

    Program(Path home, Optional<String> token, String name, String... collections) {
        this.home = home;
        this.token = token;
        this.name = name;
        this.collections = List.of(collections);
        listening.setDaemon(true);
        listening.start();
        retries.scheduleWithFixedDelay(this::sendQueue, RETRY_MILLIS, RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Returns what it shows, by {@code collection/id}, from its own memory. */
    synchronized Map<String, Object> shown() {
        return new TreeMap<>(shown);
    }

    /** Returns the events that it was told, in order, over all its connections. */
    synchronized List<Map<String, Object>> told() {
        return List.copyOf(told);
    }

    /** Returns what stands at the top of its window. */
    synchronized String indicator() {
        return indicator;
    }

    /** Returns how often it has connected. */
    synchronized int connections() {
        return connections;
    }

    /** Returns how often it tried in vain to send what it keeps. */
    synchronized int failedSends() {
        return failedSends;
    }

    /** Returns how many of its changes are not confirmed. */
    synchronized int waiting() {
        return queue.size();
    }

    /** Keeps a change, an item of a batch, until it is confirmed. */
    synchronized void send(Map<String, Object> item) {
        item.put("deviceId", name);
        queue.add(item);
    }

    private ApiClient client() throws IOException {
        ApiClient owner = ApiClient.in(home);
        return new ApiClient(owner.api(), token.orElse(owner.token()), name);
    }

    private void listen() {
        boolean isClosed = false;
        while (!isClosed) {
            try (Subscriber connected = new Subscriber(client())) {
                connect(connected);
                connected.forEach(this::take);
            } catch (IOException | CompletionException e) {
                setIndicator(OFFLINE);
            } catch (InterruptedException e) {
                return;
            }
            setIndicator(OFFLINE);
            isClosed = isClosedWithin(RETRY_MILLIS);
        }
    }

    private boolean isClosedWithin(long millis) {
        try {
            return closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    private synchronized void connect(Subscriber connected) throws IOException {
        socket = connected;
        connections++;
        connected.send(
                Json.object("op", "subscribe", "ref", Json.number(1), "collections", collections, "since", position));
        setIndicator(isAlone(client().status()) ? OFFLINE : ONLINE);
    }

    private static boolean isAlone(Map<String, Object> status) {
        return "alone".equals(status.get("state"));
    }

    private synchronized void take(Map<String, Object> message) {
        if (message.containsKey("event")) {
            told.add(message);
            String document = message.get("collection") + "/" + message.get("id");
            if (message.get("data") == null) {
                shown.remove(document);
            } else {
                shown.put(document, message.get("data"));
            }
        } else if ("status".equals(message.get("type"))) {
            setIndicator(isAlone(message) ? OFFLINE : ONLINE);
        }
        if (message.get("position") instanceof String reached) {
            position = reached;
        }
    }

    private synchronized void setIndicator(String text) {
        indicator = text;
    }

    /** Sends what waits, the same under the same key until there is an answer: so it is done once. */
    private void sendQueue() {
        List<Map<String, Object>> items;
        synchronized (this) {
            if (sending.isEmpty()) {
                sending = List.copyOf(queue);
                sendingKey = UUID.randomUUID().toString();
            }
            items = sending;
        }
        if (items.isEmpty()) {
            return;
        }
        try {
            client().named(null).tryBatch(items, sendingKey).with(200);
            synchronized (this) {
                queue.subList(0, items.size()).clear();
                sending = List.of();
            }
        } catch (IOException e) {
            synchronized (this) {
                failedSends++;
            }
        }
    }

    @Override
    public void close() {
        closed.countDown();
        retries.shutdownNow();
        synchronized (this) {
            if (socket != null) {
                socket.abort();
            }
        }
        try {
            listening.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Assertions.assertFalse(listening.isAlive(), "the program does not end");
    }
}
