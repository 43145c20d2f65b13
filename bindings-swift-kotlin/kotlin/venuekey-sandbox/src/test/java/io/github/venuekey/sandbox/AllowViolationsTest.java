package io.github.venuekey.sandbox;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

@UseSandbox(allowViolations = true)
class AllowViolationsTest {
    @Test
    void anUndocumentedFieldIsAViolationAndFailsWhoeverAsks(Sandbox sandbox) {
        String url = sandbox.baseUrl("whitebit") + "/auth/login?clientId=demo-whitebit&state=s&prompt=none";
        ConsentRefused refused = assertThrows(ConsentRefused.class, () -> sandbox.approve(url));
        assertTrue(refused.getMessage().startsWith("The authorize request is not as documented"), refused.getMessage());
        AssertionError failed = assertThrows(AssertionError.class, sandbox::assertNoViolations);
        assertTrue(failed.getMessage().contains("unknown_field prompt"), failed.getMessage());
    }
}
