import Foundation
@testable import Venuekey

/// The lines that docs/account.md shows, and what they print of a connection's row.
private func shown(_ connections: Connections, _ id: String, _ print: (Any...) -> Void) async throws {
    // From here
    let account = try await connections.account(id)
    for try await balance in account.balances() {
        print(balance.account.name, balance.currency, balance.total ?? "-")
    }
    let year = account.transactions()
    for try await entry in year {
        let (at, kind, state) = (entry.atMs?.description, entry.kind?.name, entry.state?.name)
        print(at ?? "-", kind ?? "-", entry.amount, entry.currency, state ?? "-")
    }
    if let since = year.reachesFromMs { print("The venue reports nothing from before", since) }
    // to here
}

func printed(_ stored: Connection, _ client: Client, _ keys: SealingKeys, _ nowMs: Int64) async throws -> [String] {
    let row = try stored.seal(keys: keys)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = FileStore(directory: folder)
    _ = try await store.save(row)
    let connections = try Connections(clients: [row.client: client], store: store, keys: keys, clock: { nowMs })
    var told: [String] = []
    try await shown(connections, row.id) { words in told.append(words.map { "\($0)" }.joined(separator: " ")) }
    return told
}
