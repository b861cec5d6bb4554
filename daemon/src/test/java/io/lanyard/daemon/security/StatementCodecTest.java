package io.lanyard.daemon.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.Statement.Admission;
import io.lanyard.daemon.security.Statement.Founding;
import io.lanyard.daemon.security.Statement.Revocation;
import io.lanyard.daemon.security.Statement.Rotation;
import java.nio.ByteBuffer;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes that are signed: they are part of the protocol, and have one form only. */
class StatementCodecTest {
    /** The base point of P-256. */
    private static final String POINT = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            + "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    private static final String GROUP = "11".repeat(16);
    private static final String ISSUER = "22".repeat(16);
    private static final String PREVIOUS = "33".repeat(32);
    private static final HexFormat HEX = HexFormat.of();

    private static PublicKey key() {
        try {
            return EllipticKeys.decode(HEX.parseHex(POINT));
        } catch (MalformedStatementException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Statement> examples() {
        return List.of(
                new Founding(key(), "till", "Łódź", "5a".repeat(16)),
                new Admission(GROUP, ISSUER, PREVIOUS, key(), Role.ADMIN, "office"),
                new Admission(GROUP, ISSUER, Statement.NONE, key(), Role.MEMBER, ""),
                new Revocation(GROUP, ISSUER, PREVIOUS, "44".repeat(16), List.of("55".repeat(32), "66".repeat(32))),
                new Rotation(GROUP, ISSUER, PREVIOUS, 258, "77".repeat(32)));
    }

    @Test
    void encode_isWhatTheProtocolSays() {
        List<String> golden = List.of(
                "0101" + POINT + "5a".repeat(16) + "0474696c6c" + "07c581c3b364c5ba",
                "0102" + GROUP + ISSUER + PREVIOUS + POINT + "01" + "066f6666696365",
                "0102" + GROUP + ISSUER + "00".repeat(32) + POINT + "00" + "00",
                "0103" + GROUP + ISSUER + PREVIOUS + "44".repeat(16) + "02" + "55".repeat(32) + "66".repeat(32),
                "0104" + GROUP + ISSUER + PREVIOUS + "00000102" + "77".repeat(32));
        List<Statement> examples = examples();
        for (int i = 0; i < golden.size(); i++) {
            assertEquals(golden.get(i), HEX.formatHex(StatementCodec.encode(examples.get(i))));
        }
    }

    @Test
    void decode_whatWasEncoded_isTheSame() throws Exception {
        for (Statement statement : examples()) {
            assertEquals(statement, StatementCodec.decode(StatementCodec.encode(statement)));
        }
    }

    @Test
    void decode_whatCouldBeSaidInTwoWays_isRefused() {
        String low = "55".repeat(32);
        String high = "66".repeat(32);
        for (List<String> heads : List.of(List.of(high, low), List.of(low, low))) {
            byte[] body = StatementCodec.encode(new Revocation(GROUP, ISSUER, PREVIOUS, "44".repeat(16), heads));
            assertThrows(MalformedStatementException.class, () -> StatementCodec.decode(body));
        }
        byte[] good = StatementCodec.encode(examples().get(0));
        assertThrows(
                MalformedStatementException.class, () -> StatementCodec.decode(Arrays.copyOf(good, good.length + 1)));
    }

    @Test
    void decode_mutations_areRefusedOrHaveThatOneForm() {
        Random random = new Random(5);
        int understood = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] body = StatementCodec.encode(examples().get(random.nextInt(5)));
            byte[] mutated = random.nextInt(4) == 0 ? Arrays.copyOf(body, random.nextInt(body.length + 40)) : body;
            for (int flips = random.nextInt(3); flips >= 0 && mutated.length > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            try {
                assertArrayEquals(mutated, StatementCodec.encode(StatementCodec.decode(mutated)));
                understood++;
            } catch (MalformedStatementException expected) {
                assertFalse(expected.getMessage().isEmpty());
            }
        }
        assertTrue(understood > 500, "only " + understood + " were understood: the test tries too little");
    }

    @Test
    void decodeAll_mutations_neverGiveAnythingThatIsSigned() throws Exception {
        Scribe ann = new Scribe("ann");
        SignedStatement founding = ann.found("shop");
        byte[] good = founding.encode();
        Random random = new Random(6);
        for (int round = 0; round < 400; round++) {
            byte[] mutated = good.clone();
            mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                for (SignedStatement one : SignedStatement.decodeAll(mutated, 10)) {
                    assertFalse(one.isSignedBy(ann.pair.getPublic()), HEX.formatHex(mutated));
                }
            } catch (MalformedStatementException expected) {
                assertFalse(expected.getMessage().isEmpty());
            }
        }
        assertTrue(SignedStatement.decodeAll(good, 1).get(0).isSignedBy(ann.pair.getPublic()));
        assertThrows(MalformedStatementException.class, () -> SignedStatement.decodeAll(good, 0));
    }

    @Test
    void isSigned_signaturesOfZerosAndOddForms_areNone() throws Exception {
        Scribe ann = new Scribe("ann");
        byte[] message = {1, 2, 3};
        byte[] good = EllipticKeys.sign(ann.pair.getPrivate(), message);
        assertTrue(EllipticKeys.isSigned(ann.pair.getPublic(), message, good));
        for (String odd : List.of("", "30060201000201 00".replace(" ", ""), "3006020101020100", "30", "3003020101")) {
            assertFalse(EllipticKeys.isSigned(ann.pair.getPublic(), message, HEX.parseHex(odd)), odd);
        }
        byte[] longer = ByteBuffer.allocate(good.length + 1).put(good).array();
        assertFalse(EllipticKeys.isSigned(ann.pair.getPublic(), message, longer));
        assertThrows(MalformedStatementException.class, () -> EllipticKeys.decode(new byte[64]));
    }

    @Test
    void fit_anyName_isTextOfBoundedLength() {
        assertEquals("unnamed", StatementCodec.fit(""));
        assertEquals("a?[31mb", StatementCodec.fit("a\u001b[31mb"));
        assertEquals("?", StatementCodec.fit("\ud800"));
        assertEquals(96, StatementCodec.fit("ł".repeat(500)).length());
    }
}
