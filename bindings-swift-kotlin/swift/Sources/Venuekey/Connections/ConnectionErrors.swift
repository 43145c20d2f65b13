import Foundation

/// There is no such connection, or it is another owner's.
public struct ConnectionNotFound: Error, Equatable, CustomStringConvertible {
    let reason: String
    /// Its page: what to do now.
    public var docUrl: String { pageOf("connection_not_found") }

    init(_ reason: String = "there is no such connection") {
        self.reason = reason
    }

    public var description: String { "\(reason); see \(docUrl)" }
}

/// An owner has more than one connection there: name one by its id.
public struct AmbiguousAccount: Error, Equatable, CustomStringConvertible {
    let count: Int
    /// Its page: what to do now.
    public var docUrl: String { pageOf("ambiguous_account") }

    public var description: String { "this owner has \(count) connections there: name one by its id; see \(docUrl)" }
}

/// Others saved the connection again and again meanwhile. Answer 503; the user tries again.
public struct StoreBusy: Error, Equatable, CustomStringConvertible {
    /// Its page: what to do now.
    public var docUrl: String { pageOf("store_busy") }

    public var description: String { "others kept saving this connection first; try again; see \(docUrl)" }
}

extension ConnectionNotFound: LocalizedError {
    public var errorDescription: String? { description }
}

extension AmbiguousAccount: LocalizedError {
    public var errorDescription: String? { description }
}

extension StoreBusy: LocalizedError {
    public var errorDescription: String? { description }
}

extension StoreError: LocalizedError {
    public var errorDescription: String? { description }
}

extension VenuekeyError {
    // Refusals of this half's own, as core's.

    static func misuse(_ code: String, _ hint: String) -> VenuekeyError {
        .misuse(details: details(code, "\(code): \(hint)", hint))
    }

    static func damaged(_ hint: String) -> VenuekeyError {
        .rejected(details: details("seal_invalid", "seal_invalid: \(hint)", hint))
    }

    static func argument(_ hint: String) -> VenuekeyError {
        misuse("invalid_argument", hint)
    }

    static func noConsent(_ hint: String) -> VenuekeyError {
        .userAction(details: details("authorization_required", "authorization_required: \(hint)", hint))
    }

    /// Nobody wants to wait for so long.
    static func tooLong(_ waitMs: Int64) -> VenuekeyError {
        let hint = "the venue's limits allow no request within patienceMs"
        let seconds = (waitMs + 999) / 1000
        return .unavailable(
            details: details("rate_limited", "rate_limited: ask again later (try again in \(seconds) s); \(hint)", hint, waitMs))
    }

    private static func details(_ code: String, _ text: String, _ hint: String, _ retryAfterMs: Int64? = nil) -> ErrorDetails {
        ErrorDetails(
            message: "\(text); see \(pageOf(code))", code: code, docUrl: pageOf(code), venue: nil, httpStatus: nil,
            venueCode: nil, venueText: nil, retryAfterMs: retryAfterMs, hint: hint, recovery: nil, flow: nil)
    }
}

// What is told to an operator: names, ids and codes, and never what a message, a row or a venue says.

/// How much it matters.
public enum LogLevel: Sendable {
    /// Each request, each reply and each event.
    case info
    /// What mends itself, what another process can do, and what a user has to do.
    case warning
    /// What somebody should look at.
    case error
}

/// Where progress and trouble are told.
public typealias ConnectionLog = @Sendable (LogLevel, String) -> Void

/// What `log` is if the caller gives none: trouble alone, on standard error.
let standardLog: ConnectionLog = { level, message in
    if level == .info { return }
    FileHandle.standardError.write(Data("venuekey: \(message)\n".utf8))
}

/// An error by its name and code. What it says itself may quote anything.
func named(_ error: any Error) -> String {
    switch error {
    case let error as VenuekeyError: error.code
    case let error as NoResponse: error.code
    case let error as StoreError: "StoreError: \(error.operation), \(error.error)"
    default: "\(type(of: error))"
    }
}

/// The end of a line about it: where its page is, if it has one.
func pageFor(_ error: any Error) -> String {
    switch error {
    case let error as VenuekeyError: "; see \(error.docUrl)"
    case let error as NoResponse: "; see \(error.docUrl)"
    case let error as StoreError: "; see \(error.docUrl)"
    case let error as StoreBusy: "; see \(error.docUrl)"
    default: ""
    }
}
