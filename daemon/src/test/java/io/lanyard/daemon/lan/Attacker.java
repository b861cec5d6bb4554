package io.lanyard.daemon.lan;

import io.lanyard.daemon.cluster.ClusterSettings;
import io.lanyard.daemon.cluster.Forger;
import io.lanyard.daemon.cluster.PeerAddress;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.RogueTls;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.ObjectOutputStream;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jgroups.JChannel;
import org.jgroups.PhysicalAddress;
import org.jgroups.Version;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.stack.IpAddress;

/**
 * Somebody on the LAN who means harm, in a process of his own: {@code OWN-ADDRESS TARGET}. Does what each line of its
 * input says, and answers {@code outcome …}.
 */
public final class Attacker {
    private static final int PORT = ClusterSettings.DEFAULT_PORT;
    private static final int PATIENCE_MILLIS = 10_000;

    private final InetAddress own;
    private final InetSocketAddress target;
    private volatile boolean isIdling;
    private final Random random = new Random(7);
    private JChannel plaintext;
    private Forger forger;

    private Attacker(String own, String target) throws IOException {
        this.own = InetAddress.getByName(own);
        this.target = new InetSocketAddress(target, PORT);
    }

    /** Runs until its standard input ends. */
    public static void main(String[] arguments) throws Exception {
        Attacker attacker = new Attacker(arguments[0], arguments[1]);
        System.out.println("started");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println("outcome " + attacker.attack(line.split(" ")));
        }
        System.exit(0);
    }

    private String attack(String[] words) throws Exception {
        return switch (words[0]) {
            case "nobody" -> knock(RogueTls.withoutCertificate());
            case "self-signed" -> knock(RogueTls.selfSigned());
            case "device" -> knock(RogueTls.of(Path.of(words[1])));
            case "expired" -> knock(RogueTls.expired(Path.of(words[1]), Path.of(words[2])));
            case "plaintext" -> plaintext(words[1], Arrays.asList(words).subList(2, words.length));
            case "plaintext-end" -> endPlaintext();
            case "serialized" -> serialized();
            case "replay" -> replay(RogueTls.of(Path.of(words[1])));
            case "flip" -> flip(RogueTls.of(Path.of(words[1])));
            case "garbage" -> garbage(Integer.parseInt(words[1]));
            case "datagrams" -> datagrams(Integer.parseInt(words[1]));
            case "idle" -> idle(Integer.parseInt(words[1]), Arrays.asList(words).subList(2, words.length));
            case "idle-end" -> {
                isIdling = false;
                yield "ended";
            }
            case "join" -> join(Path.of(words[1]), Arrays.asList(words).subList(2, words.length));
            case "forge" -> Integer.toString(forger.forgeAll());
            case "objects" -> Integer.toString(forger.sendObjects());
            case "leave" -> leave();
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    /** Shows its certificate, speaks JGroups at once, and says what came back. */
    private String knock(SSLContext tls) throws IOException {
        try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(target, PATIENCE_MILLIS);
            return said(socket);
        }
    }

    private String said(SSLSocket socket) throws IOException {
        try {
            socket.startHandshake();
            socket.getOutputStream().write(greeting());
            int answer = socket.getInputStream().read();
            return answer < 0 ? "hung up on" : "ANSWERED";
        } catch (SSLException e) {
            String why = String.valueOf(e.getMessage());
            return why.startsWith("Received fatal alert: ")
                    ? "alert " + why.substring("Received fatal alert: ".length())
                    : "hung up on";
        } catch (EOFException | SocketException e) {
            return "hung up on";
        }
    }

    /** What JGroups says first on a connection, and a frame behind it. */
    private byte[] greeting() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        java.io.DataOutputStream out = new java.io.DataOutputStream(bytes);
        IpAddress self = new IpAddress(own, PORT);
        out.write(org.jgroups.blocks.cs.Connection.cookie);
        out.writeShort(Version.version);
        out.writeShort(self.serializedSize());
        self.writeTo(out);
        out.writeInt(16);
        out.write(new byte[16]);
        return bytes.toByteArray();
    }

    private String plaintext(String group, List<String> peers) throws Exception {
        TCP transport = new TCP();
        transport.setBindAddress(own);
        transport.setBindPort(PORT);
        TCPPING discovery = new TCPPING();
        List<PhysicalAddress> hosts = new ArrayList<>();
        for (String peer : peers) {
            hosts.add(new IpAddress(peer, PORT));
        }
        discovery.setInitialHosts2(hosts);
        plaintext = new JChannel(
                transport,
                discovery,
                new org.jgroups.protocols.MERGE3().setMaxInterval(1_500).setMinInterval(500),
                new NAKACK2().useMcastXmit(false),
                new UNICAST3(),
                new GMS().printLocalAddress(false).setJoinTimeout(500));
        plaintext.connect(group);
        return "coordinator of " + plaintext.getView().size();
    }

    /** Java objects to every port that listens, in the clear. */
    private String serialized() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
            objects.writeObject(new Date());
        }
        String answer;
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(target, PATIENCE_MILLIS);
            socket.getOutputStream().write(bytes.toByteArray());
            answer = endOf(socket);
        }
        multicast(1, number -> bytes.toByteArray());
        return answer;
    }

    /** Reads what a plaintext connection is told: a TLS alert at most. */
    private static String endOf(Socket socket) throws IOException {
        byte[] said;
        try {
            said = socket.getInputStream().readNBytes(64);
        } catch (SocketException e) {
            return "hung up on";
        }
        boolean isAlert = said.length == 7 && said[0] == 21;
        return said.length == 0 ? "hung up on" : isAlert ? "alert" : "ANSWERED";
    }

    /** Records what a member says, and says it again on a connection of its own. */
    private String replay(SSLContext member) throws Exception {
        ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        relayed(member, recorded, false);
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(target, PATIENCE_MILLIS);
            socket.getOutputStream().write(recorded.toByteArray());
            byte[] said = readAll(socket.getInputStream());
            // Our hello is answered like anybody's; nothing that comes after it is, since its proof is of another
            // session.
            return said.length > 0 && said[said.length - 7] == 21 || said.length == 0
                    ? "alert"
                    : endsWithoutData(said) ? "hung up on" : "ANSWERED";
        }
    }

    private static boolean endsWithoutData(byte[] said) {
        return said.length < 4_096;
    }

    /** Turns a bit of what a member says after its handshake. */
    private String flip(SSLContext member) throws Exception {
        return relayed(member, new ByteArrayOutputStream(), true);
    }

    private String relayed(SSLContext member, ByteArrayOutputStream recorded, boolean isFlipped) throws Exception {
        try (ServerSocket relay = new ServerSocket(0, 1, own);
                Socket forward = new Socket()) {
            forward.connect(target, PATIENCE_MILLIS);
            try (SSLSocket socket = (SSLSocket) member.getSocketFactory().createSocket()) {
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.connect(relay.getLocalSocketAddress(), PATIENCE_MILLIS);
                Socket accepted = relay.accept();
                boolean[] flips = new boolean[1];
                pump(accepted, forward, recorded, flips);
                pump(forward, accepted, new ByteArrayOutputStream(), new boolean[1]);
                socket.startHandshake();
                flips[0] = isFlipped;
                try {
                    socket.getOutputStream().write(greeting());
                    return socket.getInputStream().read() < 0 ? "hung up on" : "ANSWERED";
                } catch (SSLException e) {
                    return "alert";
                } catch (EOFException | SocketException e) {
                    return "hung up on";
                }
            }
        }
    }

    private static void pump(Socket from, Socket to, ByteArrayOutputStream recorded, boolean[] flips) {
        Thread pump = new Thread(() -> {
            byte[] buffer = new byte[16_384];
            try {
                for (int count = from.getInputStream().read(buffer);
                        count >= 0;
                        count = from.getInputStream().read(buffer)) {
                    recorded.write(buffer, 0, count);
                    if (flips[0]) {
                        buffer[count - 1] ^= 1;
                    }
                    to.getOutputStream().write(buffer, 0, count);
                }
                to.shutdownOutput();
            } catch (IOException e) {
                System.err.println("the relay ended: " + e.getMessage());
            }
        });
        pump.setDaemon(true);
        pump.start();
    }

    private static byte[] readAll(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (SocketException e) {
            System.err.println("reset: " + e.getMessage());
        }
        return all.toByteArray();
    }

    private String garbage(int count) throws IOException {
        long from = System.nanoTime();
        for (int i = 0; i < count; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(target, PATIENCE_MILLIS);
                byte[] bytes = new byte[1 + random.nextInt(200)];
                random.nextBytes(bytes);
                socket.getOutputStream().write(bytes);
            } catch (SocketException e) {
                // Hung up on before it could say anything, which is an outcome like the other.
                continue;
            }
        }
        return count + " in " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from) + " ms";
    }

    /** Every other datagram begins like one of the group's. */
    private String datagrams(int count) throws IOException {
        byte[] magic = "LNYD\1lanyard-".getBytes(StandardCharsets.US_ASCII);
        return multicast(count, number -> {
            byte[] bytes = new byte[20 + random.nextInt(1_200)];
            random.nextBytes(bytes);
            if (number % 2 == 0) {
                System.arraycopy(magic, 0, bytes, 0, magic.length);
            }
            return bytes;
        });
    }

    private String multicast(int count, java.util.function.IntFunction<byte[]> packets) throws IOException {
        InetSocketAddress group = new InetSocketAddress("239.77.76.1", ClusterSettings.DEFAULT_MULTICAST_PORT);
        try (MulticastSocket socket = new MulticastSocket(new InetSocketAddress(own, 0))) {
            for (int i = 0; i < count; i++) {
                byte[] bytes = packets.apply(i);
                socket.send(new DatagramPacket(bytes, bytes.length, group));
            }
        }
        return count + " sent";
    }

    /** Keeps that many connections open that say nothing: opens another one wherever one was hung up on. */
    private String idle(int count, List<String> sources) throws IOException {
        Socket[] silent = new Socket[count];
        for (int i = 0; i < count; i++) {
            silent[i] = silent(sources.get(i % sources.size()));
        }
        isIdling = true;
        Thread idling = new Thread(() -> {
            for (int i = 0; isIdling && count > 0; i = (i + 1) % count) {
                try {
                    silent[i].setSoTimeout(1);
                    if (silent[i].getInputStream().read() < 0) {
                        silent[i].close();
                        silent[i] = silent(sources.get(i % sources.size()));
                    }
                } catch (SocketTimeoutException e) {
                    continue;
                } catch (IOException e) {
                    System.err.println("one connection less: " + e.getMessage());
                }
            }
        });
        idling.setDaemon(true);
        idling.start();
        return count + " open";
    }

    private Socket silent(String source) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(source, 0));
        socket.connect(target, PATIENCE_MILLIS);
        return socket;
    }

    private String endPlaintext() {
        int members = plaintext.getView().size();
        plaintext.close();
        return "coordinator of " + members;
    }

    private String join(Path home, List<String> members) throws Exception {
        forger = new Forger(
                GroupHome.openOrCreate(home, "mallory").identity(),
                own.getHostAddress(),
                PORT + 1,
                members.stream().map(member -> new PeerAddress(member, PORT)).toList());
        return "joined " + forger.others();
    }

    private String leave() {
        forger.close();
        return "gone";
    }
}
