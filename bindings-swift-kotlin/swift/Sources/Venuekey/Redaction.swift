import Foundation

// Descriptions are redacted already; these keep `dump`, debuggers and mirrors to them. Without one, a class shows where
// its value lies, and a record each of its fields.

func hidden<T>(_ value: T) -> Mirror {
    Mirror(value, children: [], displayStyle: .class)
}

extension VenuekeyError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// One line for a log, without a secret or the venue's own words.
    public var description: String { details.message }
    public var debugDescription: String { "VenuekeyError(\(details.message))" }
    public var customMirror: Mirror { hidden(self) }
}
