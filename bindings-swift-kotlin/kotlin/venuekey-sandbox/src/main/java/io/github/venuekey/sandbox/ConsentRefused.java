package io.github.venuekey.sandbox;

/** The exchange's page did not let the user through. The message is what the page says. */
public final class ConsentRefused extends SandboxException {
    private static final long serialVersionUID = 1;

    ConsentRefused(String text) {
        super(text);
    }
}
