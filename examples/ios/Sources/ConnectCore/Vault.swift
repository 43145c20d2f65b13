import Foundation

/// Where the app keeps its few secrets: on a device the keychain.
public protocol Vault: Sendable {
    func load(_ name: String) throws -> String?
    /// Durably, before it returns.
    func keep(_ text: String, as name: String) throws
    func forget(_ name: String) throws
}

/// For previews and tests.
public final class MemoryVault: Vault, @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String: String] = [:]

    public init() {}

    /// What there is.
    public var names: [String] { lock.withLock { kept.keys.sorted() } }

    public func load(_ name: String) -> String? { lock.withLock { kept[name] } }
    public func keep(_ text: String, as name: String) { lock.withLock { kept[name] = text } }
    public func forget(_ name: String) { lock.withLock { kept[name] = nil } }
}
