import Foundation
import Testing

/// README's quick start and examples/swift-desktop, as their users run them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ProgramTests {
    let base = "\(Sandbox.url)/bybit/mainnet"

    init() async throws {
        try await Sandbox.reset()
    }

    func nothingUndocumented() async throws {
        #expect(try await Sandbox.admin("GET", "violations")["violations"] == .array([]))
        #expect(try await Sandbox.asked("token") == 1)
    }

    @Test func theQuickStart() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = try Program("quickstart", [], in: folder)
        let page = try await program.line { $0.contains("http") }
        let url = page.components(separatedBy: " ").last ?? ""
        let shown = try await Sandbox.approve(url, untilCode: true)
        let code = try #require(URLComponents(string: shown)?.queryItems?.first { $0.name == "code" }?.value)
        program.type(code)
        let account = try await program.line { $0.first?.isNumber == true }
        _ = try await program.line { $0.contains("Which account?") }
        program.type(account.components(separatedBy: " ")[0])
        let end = try await program.line { $0.hasPrefix("connected:") }
        #expect(end.contains("apiKey"))
        #expect(await program.end() == 0)
        #expect(!program.text.contains(code))
        // Once connected, it is at once.
        let again = try Program("quickstart", [], in: folder)
        _ = try await again.line { $0.hasPrefix("connected:") }
        #expect(await again.end() == 0)
        #expect(!again.text.contains("Open this page"))
        try await nothingUndocumented()
    }

    @Test func theDesktopProgram() async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        let program = try Program("connect", ["--sandbox", base, "--state", state])
        let url = try await program.line { $0.hasPrefix("http") }
        // The browser's way back, to the program's own listener.
        let callback = try await Sandbox.approve(url)
        #expect(callback.hasPrefix("http://127.0.0.1:98"))
        #expect(try await Sandbox.open(callback.replacingOccurrences(of: "/callback", with: "/favicon.ico")) == 404)
        #expect(try await Sandbox.open(callback) == 200)
        _ = try await program.line { $0.contains("Which account?") }
        try await nothingIsReadable(state)
        // Killed with the question unanswered, it asks again.
        await program.kill()
        let next = try Program("connect", ["--sandbox", base, "--state", state])
        _ = try await next.line { $0.contains("Going on") }
        _ = try await next.line { $0.contains("Which account?") }
        next.type("n")
        let end = try await next.line { $0.hasPrefix("Connected:") }
        #expect(end.contains("apiKey"))
        #expect(await next.end() == 0)
        try await nothingIsReadable(state)
        // And the third time it is connected at once.
        let third = try Program("connect", ["--sandbox", base, "--state", state])
        _ = try await third.line { $0.hasPrefix("Connected:") }
        #expect(await third.end() == 0)
        #expect(!third.text.contains("Open this page"))
        try await nothingUndocumented()
    }

    @Test func theDesktopProgramAndAUserWhoDeclines() async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        let program = try Program("connect", ["--sandbox", base, "--state", state])
        let url = try await program.line { $0.hasPrefix("http") }
        let parts = try #require(URLComponents(string: url)?.queryItems)
        let given = { (name: String) in parts.first { $0.name == name }?.value ?? "" }
        #expect(try await Sandbox.open("\(given("redirect_uri"))?error=access_denied&state=\(given("state"))") == 200)
        #expect(await program.end() == 1)
        #expect(program.text.contains("denied"))
        // The next run begins anew.
        let next = try Program("connect", ["--sandbox", base, "--state", state])
        #expect(try await next.line { $0.hasPrefix("http") } != url)
        #expect(!next.text.contains("Going on"))
        await next.kill()
    }

    /// Nobody else can read the folder, and whoever can, without its key, finds no secret in the open: neither the exchange's nor
    /// the pending consent's.
    func nothingIsReadable(_ state: String) async throws {
        #expect(try mode(state) == 0o700)
        let users = try await Sandbox.admin("GET", "state?values=true")["bybit"]?["mainnet"]
        let secrets = users?["sub_accounts"]?.array?.compactMap { $0["api_secret"]?.string } ?? []
        for file in try FileManager.default.subpathsOfDirectory(atPath: state) where file != "rows" {
            #expect(try mode("\(state)/\(file)") == 0o600)
            let text = String(decoding: FileManager.default.contents(atPath: "\(state)/\(file)") ?? Data(), as: UTF8.self)
            #expect(!secrets.contains { text.contains($0) } && !text.contains("verifier"), "\(file)")
        }
    }

    func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}

/// A program that was built beside this test, and what it writes.
final class Program: @unchecked Sendable {
    private struct Awaited {
        let isWanted: @Sendable (String) -> Bool
        let found: CheckedContinuation<String?, Never>
    }

    private let process = Process()
    private let input = Pipe()
    private let lock = NSLock()
    private var written = ""
    private var awaited: [Awaited] = []
    private var ends: [CheckedContinuation<Void, Never>] = []
    private var (isRead, hasEnded) = (false, false)

    var text: String { lock.withLock { written } }

    init(_ name: String, _ arguments: [String], in folder: URL = FileManager.default.temporaryDirectory) throws {
        let built = ProcessInfo.processInfo.environment["VENUEKEY_BUILT"] ?? ".build/debug"
        // Line by line, as at a terminal.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/stdbuf")
        process.arguments = ["-oL", "\(built)/\(name)"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        process.terminationHandler = { [weak self] _ in self?.go { self?.hasEnded = true } }
        try process.run()
        Thread { [weak self] in
            while true {
                let data = output.fileHandleForReading.availableData
                self?.go {
                    self?.written += String(decoding: data, as: UTF8.self)
                    self?.isRead = data.isEmpty
                }
                if data.isEmpty { return }
            }
        }.start()
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    }

    func type(_ line: String) {
        input.fileHandleForWriting.write(Data("\(line)\n".utf8))
    }

    /// The first line of which this holds, so far or to come.
    func line(_ isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
        let found = await withCheckedContinuation { found in
            go { awaited.append(Awaited(isWanted: isWanted, found: found)) }
        }
        guard let found else { throw Silent(text: text) }
        return found
    }

    /// Once it has ended, and what it wrote last has been read.
    func end() async -> Int32 {
        await withCheckedContinuation { end in
            go { ends.append(end) }
        }
        return process.terminationStatus
    }

    func kill() async {
        Foundation.kill(process.processIdentifier, SIGKILL)
        _ = await end()
    }

    /// Changes what is known, and wakes whoever waited for that.
    private func go(_ change: () -> Void) {
        lock.lock()
        defer { lock.unlock() }
        change()
        let isOver = isRead && hasEnded
        // The last part may be half a line.
        let lines = written.components(separatedBy: "\n").dropLast()
        awaited.removeAll { each in
            let line = lines.first(where: each.isWanted)
            if line != nil || isOver { each.found.resume(returning: line) }
            return line != nil || isOver
        }
        if isOver {
            for each in ends { each.resume() }
            ends = []
        }
    }
}

struct Silent: Error {
    let text: String
}
