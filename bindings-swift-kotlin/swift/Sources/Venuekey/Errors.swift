import Foundation

/// What a sender throws where no whole reply came: a timeout, a broken connection. The request may or may not have
/// arrived. It carries no underlying error: the HTTP library's own may hold the request.
public struct NoResponse: Error, Equatable, CustomStringConvertible {
    /// One word for a log.
    public let reason: String

    public init(_ reason: String = "no_response") {
        self.reason = reason
    }

    public var description: String { "NoResponse(\(reason))" }
}

/// `save` threw, so nothing was done. Give `step` to `drive` again once the store is back, and keep this error until
/// then: a reply that can't be had again may be inside.
public struct SaveFailed: Error, CustomStringConvertible {
    /// The step that waits to be stored.
    public let step: Step
    /// What `save` threw.
    public let cause: any Error

    public var description: String {
        "save did not store the flow; nothing was done after it, and drive(error.step, …) goes on"
    }
}

/// A refresh has brought new tokens, and they could not be stored. Give `shared` to `keepTokens` once the store is
/// back, and keep this error until then: the venue will not send this pair again.
public struct TokensUnsaved: Error, CustomStringConvertible {
    /// The tokens, with the new pair.
    public let shared: SharedTokens
    /// What `load` or `save` threw.
    public let cause: any Error

    public var description: String {
        "new tokens are not stored; keepTokens(client, error.shared, …) stores them"
    }
}

/// `load` gave nothing: these tokens are not in the store.
public struct TokensMissing: Error, CustomStringConvertible {
    public var description: String { "load gave nothing: these tokens are not in the store" }
}

extension NoResponse: LocalizedError {
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
