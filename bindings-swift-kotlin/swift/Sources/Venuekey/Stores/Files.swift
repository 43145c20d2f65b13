import Foundation

/// The directory of a `FileStore` or of `FileSecrets`. What it does blocks, for the disk and for other processes, so it is done on
/// a queue of its own, one call at a time, and never on the threads that tasks share.
final class Files: @unchecked Sendable {
    private let root: String
    private let inside: String
    private let queue = DispatchQueue(label: "venuekey.files")
    private let isClosed = Locked(false)

    // Touched on the queue alone.
    private var isMade = false
    private var known: [String: (stamp: Stamp, kept: Kept)] = [:]

    init(_ root: String, inside: String = "rows") {
        // Where the program is now, whatever directory it goes to later.
        self.root = URL(fileURLWithPath: root).path
        self.inside = "\(self.root)/\(inside)"
    }

    func close() {
        isClosed.with { $0 = true }
    }

    /// Begun, it comes to its end, whoever cancels meanwhile.
    func run<T: Sendable>(_ operation: String, _ work: @escaping @Sendable (Files) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                do {
                    if self.isClosed.with({ $0 }) { throw Refused(reason: "it is closed") }
                    try self.make()
                    continuation.resume(returning: try work(self))
                } catch {
                    continuation.resume(throwing: StoreError(operation: operation, error: word(error)))
                }
            }
        }
    }

    /// While no other process writes here.
    func locked<T>(_ work: () throws -> T) throws -> T {
        let descriptor = try opened("\(root)/lock", O_RDWR | O_CREAT)
        // That ends the lock too.
        defer { _ = Foundation.close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Errno() }
        }
        return try work()
    }

    // Rows

    func row(_ id: String) throws -> Kept? {
        guard isName(id), let data = try contents("\(inside)/\(id)") else { return nil }
        guard let kept = Kept(data) else { throw Refused(reason: "a row's file is damaged, or a newer release's") }
        return kept
    }

    /// All that can be read: a damaged one must not stop the others, and `row` tells of it.
    func rows() throws -> [Kept] {
        var found: [String: (stamp: Stamp, kept: Kept)] = [:]
        for name in try names(inside) {
            let path = "\(inside)/\(name)"
            guard let stamp = try Stamp(path) else { continue }
            if let kept = known[name], kept.stamp == stamp {
                found[name] = kept
            } else if let data = try contents(path), let kept = Kept(data) {
                found[name] = (stamp, kept)
            }
        }
        known = found
        return found.values.map(\.kept)
    }

    func keep(_ kept: Kept) throws {
        guard isName(kept.row.id) else { throw Refused(reason: "an id is 1 to 64 letters, digits, - and _") }
        try replace("\(inside)/\(kept.row.id)", try kept.data(), in: inside)
    }

    func remove(_ id: String) throws {
        guard unlink("\(inside)/\(id)") == 0 || errno == ENOENT else { throw Errno() }
        try flush(inside)
    }

    // Texts by name

    func text(_ name: String) throws -> String? {
        try contents("\(inside)/\(fileName(name))").map { String(decoding: $0, as: UTF8.self) }
    }

    func keep(_ text: String?, _ name: String) throws {
        guard let text else { return try remove(try fileName(name)) }
        try replace("\(inside)/\(fileName(name))", Data(text.utf8), in: inside)
    }

    // Numbers by name

    /// A file that can't be read is no empty one: a counter never goes back.
    func numbers(_ name: String) throws -> [String: Int64] {
        guard let data = try contents("\(root)/\(name)") else { return [:] }
        guard let found = try? JSONDecoder().decode([String: Int64].self, from: data) else {
            throw Refused(reason: "the file \(name) is damaged")
        }
        return found
    }

    func keep(_ numbers: [String: Int64], _ name: String) throws {
        try replace("\(root)/\(name)", try JSONEncoder().encode(numbers), in: root)
    }

    // The sealing key

    func key() throws -> Data {
        if let key = try contents("\(root)/key") {
            guard key.count == 32 else { throw Refused(reason: "the file key is damaged") }
            return key
        }
        let key = randomBytes(32)
        try replace("\(root)/key", key, in: root)
        return key
    }

    // Files

    private func make() throws {
        if isMade { return }
        // Its parents are the user's.
        try FileManager.default.createDirectory(
            atPath: (root as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        for path in [root, inside] {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Errno() }
            try flush((path as NSString).deletingLastPathComponent)
        }
        isMade = true
    }

    /// Called with the lock: the file beside it is nobody else's. One that a killed process has left is overwritten.
    private func replace(_ path: String, _ data: Data, in folder: String) throws {
        let beside = "\(root)/new"
        let descriptor = try opened(beside, O_WRONLY | O_CREAT | O_TRUNC)
        do {
            defer { _ = Foundation.close(descriptor) }
            try write(descriptor, data)
            try flush(descriptor)
        }
        guard rename(beside, path) == 0 else { throw Errno() }
        try flush(folder)
    }

    private func write(_ descriptor: Int32, _ data: Data) throws {
        try data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw Errno() }
                done += count
            }
        }
    }

    private func flush(_ folder: String) throws {
        let descriptor = try opened(folder.isEmpty ? "." : folder, O_RDONLY)
        defer { _ = Foundation.close(descriptor) }
        try flush(descriptor)
    }

    private func flush(_ descriptor: Int32) throws {
        #if canImport(Darwin)
        // Its fsync leaves what the disk has in its own memory.
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        guard fsync(descriptor) == 0 else { throw Errno() }
    }

    private func contents(_ path: String) throws -> Data? {
        let descriptor: Int32
        do {
            descriptor = try opened(path, O_RDONLY)
        } catch let error as Errno where error.code == ENOENT {
            return nil
        }
        defer { _ = Foundation.close(descriptor) }
        var data = Data()
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Errno() }
            if count == 0 { return data }
            data.append(contentsOf: piece[..<count])
        }
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter(isName)
    }

    private func opened(_ path: String, _ flags: Int32) throws -> Int32 {
        while true {
            let descriptor = open(path, flags | O_CLOEXEC, 0o600)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw Errno() }
        }
    }
}

/// No path leads out of the folder.
private func isName(_ id: String) -> Bool {
    let isAllowed = { (byte: UInt8) in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
    return (1...64).contains(id.utf8.count) && id.utf8.allSatisfy(isAllowed)
}

/// Any name is one of a file in its folder.
private func fileName(_ name: String) throws -> String {
    if name.isEmpty { throw Refused(reason: "a name is empty") }
    return name.utf8.map { byte in
        let character = String(UnicodeScalar(byte))
        return isName(character) ? character : "%" + String(byte, radix: 16)
    }.joined()
}

/// By which a file is known to be the same as before: each save makes another one.
private struct Stamp: Equatable {
    private let numbers: [Int]

    init?(_ path: String) throws {
        var found = stat()
        guard stat(path, &found) == 0 else {
            if errno == ENOENT { return nil }
            throw Errno()
        }
        #if canImport(Darwin)
        let times = [found.st_mtimespec, found.st_ctimespec]
        #else
        let times = [found.st_mtim, found.st_ctim]
        #endif
        numbers = [Int(found.st_ino), Int(found.st_size)] + times.flatMap { [Int($0.tv_sec), Int($0.tv_nsec)] }
    }
}

/// The operating system's.
func randomBytes(_ count: Int) -> Data {
    var random = SystemRandomNumberGenerator()
    return Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
}

/// What the operating system last said.
struct Errno: Error {
    let code: Int32

    init() {
        code = errno
    }
}

/// What the store itself refuses.
struct Refused: Error {
    let reason: String
}

/// In words that hold nothing of a row.
private func word(_ error: any Error) -> String {
    switch error {
    case let error as Errno: "\(String(cString: strerror(error.code))) (\(error.code))"
    case let error as Refused: error.reason
    default: "\((error as NSError).domain) (\((error as NSError).code))"
    }
}
