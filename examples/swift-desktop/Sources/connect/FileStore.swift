import Foundation
import Venuekey

/// One flow in one file, replaced as a whole. A real program keeps it in the system's keychain.
struct FileStore: Sendable {
    let path: String

    func load() -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }

    /// One program, one flow: nobody else writes here, so each save wins.
    func save(_ snapshot: Snapshot) throws -> Bool {
        let beside = path + ".new"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // Exposed to be stored.
        try file.write(contentsOf: Data(snapshot.expose().utf8))
        try file.synchronize()
        guard rename(beside, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return true
    }

    func forget() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
