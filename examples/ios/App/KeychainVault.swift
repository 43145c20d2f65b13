import ConnectCore
import Foundation
import Security

/// Generic passwords of this device, readable after its first unlock, in no backup.
struct KeychainVault: Vault {
    let service: String

    struct Failed: Error {
        let status: OSStatus
    }

    private func item(_ name: String) -> [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: name]
    }

    func load(_ name: String) throws -> String? {
        var found: CFTypeRef?
        let query = item(name).merging([kSecReturnData: true]) { $1 }
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let data = found as? Data else { throw Failed(status: status) }
        return String(decoding: data, as: UTF8.self)
    }

    func keep(_ text: String, as name: String) throws {
        let value: [CFString: Any] = [
            kSecValueData: Data(text.utf8), kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        var status = SecItemUpdate(item(name) as CFDictionary, value as CFDictionary)
        if status == errSecItemNotFound { status = SecItemAdd(item(name).merging(value) { $1 } as CFDictionary, nil) }
        guard status == errSecSuccess else { throw Failed(status: status) }
    }

    func forget(_ name: String) throws {
        let status = SecItemDelete(item(name) as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw Failed(status: status) }
    }
}
