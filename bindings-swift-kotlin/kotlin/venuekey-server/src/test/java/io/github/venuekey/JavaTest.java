package io.github.venuekey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** What a program in Java can write: that it compiles is half of the test. */
class JavaTest {
    private static final long NOW = 1_790_000_000_000L;

    private final MemoryStore store = new MemoryStore();
    private final Client client = client("canary-client-secret");

    private static Client client(String secret) {
        ClientConfig config = new ClientConfig(
            Venue.BYBIT, VenueEnvironment.MAINNET, "app-1", "https://partner.example/cb", null, null, null, null, null, null, false);
        return Client.Companion.confidential(config, new Secret(secret));
    }

    private Step callback() {
        Started started = client.begin(Goal.API_KEY, null, null, NOW);
        store.save(started.getPending().snapshot());
        String state = started.getAuthorizeUrl().expose().replaceAll(".*[?&]state=([^&]*).*", "$1");
        return started.getPending().receiveCallback("/cb?code=canary-code&state=" + state, NOW);
    }

    @Test
    void everythingThatIsThrownCanBeCaught() {
        try {
            client.restore("nonsense");
            throw new AssertionError("restored");
        } catch (VenuekeyException.Misuse error) {
            assertEquals("snapshot_invalid", error.getCode());
        }
        try {
            DriveKt.driveBlocking(callback(), (request, then) -> { throw new NoResponse(); }, (snapshot, then) -> store.save(snapshot));
            throw new AssertionError("driven");
        } catch (VenuekeyException error) {
            assertEquals("outcome_unknown", error.getCode());
            assertEquals(error.getFlow().getRevision(), error.getDetails().getFlow().getRevision());
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
        try {
            ReadsKt.callBlocking(signer(), HttpMethod.GET, "/v5/order", "{}", (request, then) -> { throw new NoResponse("mine"); });
            throw new AssertionError("called");
        } catch (NoResponse lost) {
            assertEquals("mine", lost.getMessage());
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    private static Signer signer() {
        return new Signer(new SignerOptions(Venue.BYBIT, VenueEnvironment.MAINNET, null, null, null, null, false, NonAscii.REFUSE, null, null), new Secret("k"), new Secret("s"));
    }

    @Test
    void theFamilyIsOurs() {
        for (Class<?> ours : List.of(
            VenuekeyException.class, NoResponse.class, SaveFailed.class, TokensUnsaved.class, TokensMissing.class, ClosedObject.class,
            NativeCodeMissing.class, InternalException.class)) {
            assertTrue(VenuekeyFailure.class.isAssignableFrom(ours), ours.getName());
            assertFalse(IllegalStateException.class.isAssignableFrom(ours), ours.getName());
        }
        assertFalse(VenuekeyFailure.class.isAssignableFrom(CancellationException.class));
    }

    @Test
    void aSaveThatThrowsKeepsTheStep() {
        SaveFailed failed = assertThrows(SaveFailed.class, () -> DriveKt.driveBlocking(
            callback(), (request, then) -> reply("{}"), (snapshot, then) -> { throw new IllegalStateException("the store is down"); }));
        assertNotNull(failed.getStep());
        assertEquals("the store is down", failed.getCause().getMessage());
    }

    private static VenueResponse reply(String body) {
        return new VenueResponse(200, body.getBytes(StandardCharsets.UTF_8), List.of());
    }

    @Test
    void whatIsClosedSaysSo() {
        Secret secret = new Secret("canary");
        secret.close();
        ClosedObject closed = assertThrows(ClosedObject.class, secret::expose);
        assertEquals("this Secret was closed and can't be used any more", closed.getMessage());
    }

    /** An environment variable that is not set, or is empty. */
    @Test
    void aServersClientIsNeverMadeWithoutItsSecret() {
        assertThrows(NullPointerException.class, () -> client(System.getenv("VENUEKEY_NOBODY_SETS_THIS")));
        VenuekeyException refused = assertThrows(VenuekeyException.Misuse.class, () -> client(""));
        assertEquals("invalid_configuration", refused.getCode());
        assertTrue(refused.getDetails().getHint().startsWith("clientSecret must be 1 to 1024 bytes"));
    }
}
