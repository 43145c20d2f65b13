import Foundation

/// A few secrets of an app's own, by name, that outlive its process: a callback on its way to the backend, the session there.
public protocol AppSecrets: Sendable {
    /// What was saved; nil if there is nothing.
    func load(_ name: String) async throws -> String?
    /// Returns when it is on the disk. Nil removes it.
    func save(_ name: String, _ text: String?) async throws
}

/// `AppSecrets` in a directory, a file each, for its owner alone: for a device without a keychain.
public struct FileSecrets: AppSecrets {
    private let files: Files

    public init(directory: URL) {
        files = Files(directory.path, inside: "secrets")
    }

    public func load(_ name: String) async throws -> String? {
        try await files.run("load") { try $0.text(name) }
    }

    public func save(_ name: String, _ text: String?) async throws {
        try await files.run("save") { files in try files.locked { try files.keep(text, name) } }
    }
}

#if canImport(Security)
import Security

/// `AppSecrets` in the keychain, an item each. Readable after the device's first unlock, on this device alone, and in no backup.
public struct KeychainSecrets: AppSecrets {
    private let service: String
    private let accessGroup: String?

    /// - Parameters:
    ///   - service: the items' service; it may be a `KeychainStore`'s.
    ///   - accessGroup: the keychain group that an app shares with its extensions.
    public init(service: String, accessGroup: String? = nil) {
        (self.service, self.accessGroup) = (service, accessGroup)
    }

    public func load(_ name: String) async throws -> String? {
        var found: CFTypeRef?
        let query = item(name).merging([kSecReturnData: true]) { $1 }
        guard try done("load", SecItemCopyMatching(query as CFDictionary, &found)) else { return nil }
        return (found as? Data).map { String(decoding: $0, as: UTF8.self) }
    }

    public func save(_ name: String, _ text: String?) async throws {
        guard let text else {
            _ = try done("save", SecItemDelete(item(name) as CFDictionary))
            return
        }
        let value: [CFString: Any] = [
            kSecValueData: Data(text.utf8), kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        if try done("save", SecItemUpdate(item(name) as CFDictionary, value as CFDictionary)) { return }
        if try done("save", SecItemAdd(item(name).merging(value) { $1 } as CFDictionary, nil)) { return }
        // Somebody was quicker.
        _ = try done("save", SecItemUpdate(item(name) as CFDictionary, value as CFDictionary))
    }

    private func item(_ name: String) -> [CFString: Any] {
        let plain: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: "secret/\(name)",
            kSecUseDataProtectionKeychain: true,
        ]
        return accessGroup.map { plain.merging([kSecAttrAccessGroup: $0]) { $1 } } ?? plain
    }

    /// Whether it was done; not where there is no such item, or one already.
    private func done(_ operation: String, _ status: OSStatus) throws -> Bool {
        switch status {
        case errSecSuccess: return true
        case errSecItemNotFound, errSecDuplicateItem: return false
        default: throw StoreError(operation: operation, error: "OSStatus \(status)")
        }
    }
}
#endif
