package io.github.venuekey.sandbox;

/** What the sandbox said about a call that it refused, or why it did not start. */
public class SandboxException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SandboxException(String text) {
        super(text);
    }
}
