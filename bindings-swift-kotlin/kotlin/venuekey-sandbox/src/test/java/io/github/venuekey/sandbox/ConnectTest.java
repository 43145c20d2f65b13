package io.github.venuekey.sandbox;

import static io.github.venuekey.sandbox.Backend.backend;

import org.junit.jupiter.api.Test;

// As docs/testing.md shows it, to the letter.
@UseSandbox(options = "--seed=7")
class ConnectTest {
    @Test
    void theUserApproves(Sandbox sandbox) {
        String url = backend.begin(sandbox.baseUrl("whitebit"));
        backend.callback(sandbox.approve(url, "info", "trading"));
    }
}
