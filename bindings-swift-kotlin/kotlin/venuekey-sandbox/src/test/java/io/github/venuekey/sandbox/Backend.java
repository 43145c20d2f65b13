package io.github.venuekey.sandbox;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the reader of docs/testing.md has: it begins at the exchange's page, and is told where the browser came back to. */
final class Backend {
    static final Backend backend = new Backend();

    String begin(String baseUrl) {
        return baseUrl + "/auth/login?clientId=demo-whitebit&state=s&code_challenge=" + "a".repeat(43)
                + "&code_challenge_method=S256&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback%2Fwhitebit";
    }

    void callback(String url) {
        assertTrue(url.startsWith("http://127.0.0.1:8000/callback/whitebit?code="), url);
    }
}
