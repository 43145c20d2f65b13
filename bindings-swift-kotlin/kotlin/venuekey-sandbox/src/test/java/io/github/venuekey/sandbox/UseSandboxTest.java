package io.github.venuekey.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@UseSandbox(options = "--client-name=whitebit=My App")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UseSandboxTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static String authorizeUrl(Sandbox sandbox) {
        return sandbox.baseUrl("whitebit", "eu") + "/auth/login?clientId=demo-whitebit&state=s";
    }

    private static HttpResponse<String> token(Sandbox sandbox, String callback) throws IOException, InterruptedException {
        String code = callback.replaceAll(".*[?&]code=([^&]*).*", "$1");
        String form = "client_id=demo-whitebit&client_secret=demo-whitebit-secret&code=" + code;
        HttpRequest request = HttpRequest.newBuilder(URI.create(sandbox.baseUrl("whitebit", "eu") + "/oauth2/token"))
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form))
                .build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    @Test
    @Order(1)
    void aUserConnects(Sandbox sandbox) throws Exception {
        sandbox.holdClock(1_700_000_000_000L);
        String callback = sandbox.approve(authorizeUrl(sandbox));
        assertTrue(callback.startsWith("http://127.0.0.1:8000/callback/whitebit?code="), callback);
        assertEquals(200, token(sandbox, callback).statusCode());
        assertEquals(1_700_000_300_000L, sandbox.advanceClock(Duration.ofMinutes(5)));
        assertEquals(1, sandbox.requests("token").size());
        assertEquals(1, sandbox.state().getAsJsonObject("whitebit").getAsJsonObject("eu").getAsJsonArray("tokens").size());
    }

    @Test
    @Order(2)
    void eachTestIsFresh(Sandbox sandbox) throws Exception {
        assertEquals(List.of(), sandbox.requests());
        assertTrue(sandbox.releaseClock() > 1_700_000_300_000L);
        sandbox.fault("token", "server_error", Map.of("status", 503));
        assertEquals(503, token(sandbox, sandbox.approve(authorizeUrl(sandbox))).statusCode());
    }

    @Test
    void aUserMayDeclineOrBeRefused(Sandbox sandbox) {
        assertEquals(Optional.empty(), sandbox.decline(authorizeUrl(sandbox)));
        sandbox.knob("whitebit", "decline_mode", "error");
        assertTrue(sandbox.decline(authorizeUrl(sandbox)).orElseThrow().contains("error=access_denied"));
        sandbox.closeWindow(authorizeUrl(sandbox));
        JsonObject wrong = new JsonObject();
        wrong.addProperty("otp", "000000");
        ConsentRefused refused =
                assertThrows(ConsentRefused.class, () -> sandbox.consent(authorizeUrl(sandbox), "approve", wrong));
        assertEquals("This two-factor code is wrong. Try again.", refused.getMessage());
    }

    @Test
    void whatTheSandboxRefusesIsSaid(Sandbox sandbox) {
        assertThrows(SandboxException.class, () -> sandbox.knob("whitebit", "variant", "newest"));
        assertThrows(IllegalArgumentException.class, () -> sandbox.baseUrl("bybit", "eu"));
        SandboxException refused = assertThrows(SandboxException.class, () -> Sandbox.start("--seed=many"));
        assertTrue(refused.getMessage().contains("--seed"), refused.getMessage());
    }

    @Nested
    class Inside {
        @Test
        void aNestedClassSharesIt(Sandbox sandbox) {
            assertEquals(List.of(), sandbox.requests());
        }
    }
}
