#if os(macOS) || os(Linux)
import Foundation

/// The program `venuekey-sandbox`, running.
final class Program: @unchecked Sendable {
    let url: String
    // Used by one scope at a time.
    private let process: Process
    private let input: Pipe

    private init(process: Process, input: Pipe, url: String) {
        self.process = process
        self.input = input
        self.url = url
    }

    static func start(_ options: [String]) throws -> Program {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path())
        process.arguments = ["--port=0", "--exit-with-stdin"] + options
        let (input, out, complaints) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = out
        process.standardError = complaints
        try process.run()
        var said = Data()
        while !said.contains(UInt8(ascii: "\n")) {
            let more = out.fileHandleForReading.availableData
            if more.isEmpty { break }
            said += more
        }
        let line = String(decoding: said, as: UTF8.self).split(separator: "\n").first ?? ""
        guard let found = line.range(of: " listening on ") else {
            let text = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            throw SandboxError(description: text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        // It logs each request: somebody has to read that.
        complaints.fileHandleForReading.readabilityHandler = { if $0.availableData.isEmpty { $0.readabilityHandler = nil } }
        return Program(process: process, input: input, url: String(line[found.upperBound...]))
    }

    /// It ends with its input. No signal does it: on Linux a child inherits what this thread has blocked.
    func stop() {
        try? input.fileHandleForWriting.close()
    }

    /// The variable VENUEKEY_SANDBOX, or the first one on PATH.
    private static func path() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let given = environment["VENUEKEY_SANDBOX"], !given.isEmpty { return given }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        let paths = folders.map { "\($0)/venuekey-sandbox" }
        if let found = paths.first(where: FileManager.default.isExecutableFile(atPath:)) { return found }
        let help = "`pip install venuekey-sandbox` brings it, and VENUEKEY_SANDBOX can name its path."
        throw SandboxError(description: "There is no venuekey-sandbox on PATH: \(help)")
    }
}
#endif
