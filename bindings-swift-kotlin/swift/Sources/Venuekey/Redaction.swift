import Foundation

// Descriptions are redacted already; these keep `dump`, debuggers and mirrors to them. Without one, a class shows where
// its value lies, and a record each of its fields.

private func hidden<T>(_ value: T) -> Mirror {
    Mirror(value, children: [], displayStyle: .class)
}

extension AccountRead: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension ApiKey: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Client: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Flow: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension HandOff: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension HttpRequest: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension HttpResponse: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension KeyProof: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension KeyStatus: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension KeyWatch: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Nonces: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension PublicKeyProbe: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension RateBudget: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension SealingKey: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension SealingKeys: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Secret: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension SharedTokens: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension SignedReply: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Signer: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Snapshot: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Tokens: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension ErrorDetails: CustomReflectable {
    /// Without the venue's own words.
    public var customMirror: Mirror { hidden(self) }
}

extension VenuekeyError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// One line for a log, without a secret or the venue's own words.
    public var description: String { details.message }
    public var debugDescription: String { "VenuekeyError(\(details.message))" }
    public var customMirror: Mirror { hidden(self) }
}
