import Foundation

/// What a sender throws if no whole reply came: a timeout, a broken connection. The request may or may not have
/// arrived, unless `notSent`. It carries no underlying error: the HTTP library's own may hold the request.
public struct NoResponse: Error, Equatable, CustomStringConvertible {
    /// What happened, for logs: `cannot_connect`, `unknown_host`, `timeout`, `tls`, `cancelled`, `connection_lost`. Never a
    /// URL, a header or a message of the HTTP library.
    public let code: String
    /// Whether it is certain that no byte of the request left: a lookup, a connection or a TLS handshake that failed, on
    /// a fresh connection. A code is not spent then, and a flow asks again later. In doubt it is `false`.
    public let notSent: Bool
    /// Its page: what it means for what was sent.
    public var docUrl: String { pageOf("no_response") }

    public init(_ code: String = "connection_lost", notSent: Bool = false) {
        (self.code, self.notSent) = (code, notSent)
    }

    public var description: String { "NoResponse(\(code)\(notSent ? ", not sent" : ""))" }
}

/// `records` was asked for another kind than the read brings.
public struct OtherRecords: Error, CustomStringConvertible {
    /// What the read brings.
    public let kind: ReadKind

    public var description: String { "this read brings \(kind)" }
}

/// `save` threw, so nothing was done. Give `step` to `drive` again once the store is back, and keep this error until
/// then: a reply that can't be had again may be inside.
public struct SaveFailed: Error, CustomStringConvertible {
    /// The step that waits to be stored.
    public let step: Step
    /// What `save` threw.
    public let cause: any Error
    /// Its page: what to do now.
    public var docUrl: String { pageOf("save_failed") }

    public var description: String {
        "save did not store the flow; nothing was done after it, and drive(error.step, …) goes on; see \(docUrl)"
    }
}

/// A refresh has brought new tokens, and they could not be stored. Give `shared` to `keepTokens` once the store is
/// back, and keep this error until then: the venue will not send this pair again.
public struct TokensUnsaved: Error, CustomStringConvertible {
    /// The tokens, with the new pair.
    public let shared: SharedTokens
    /// What `load` or `save` threw.
    public let cause: any Error
    /// Its page: what to do now.
    public var docUrl: String { pageOf("tokens_unsaved") }

    public var description: String {
        "new tokens are not stored; keepTokens(client, error.shared, …) stores them; see \(docUrl)"
    }
}

/// `load` gave nothing: these tokens are not in the store.
public struct TokensMissing: Error, CustomStringConvertible {
    /// Its page: what to do now.
    public var docUrl: String { pageOf("tokens_missing") }

    public var description: String { "load gave nothing: these tokens are not in the store; see \(docUrl)" }
}

extension NoResponse: LocalizedError {
    public var errorDescription: String? { description }
}

extension OtherRecords: LocalizedError {
    public var errorDescription: String? { description }
}

extension SaveFailed: LocalizedError {
    public var errorDescription: String? { description }
}

extension TokensUnsaved: LocalizedError {
    public var errorDescription: String? { description }
}

extension TokensMissing: LocalizedError {
    public var errorDescription: String? { description }
}
