import Foundation
import Venuekey

/// What a process of the suite does.
enum Job: Codable, Sendable {
    case open(row: ConnectionRow)
    case increment(id: String, times: Int)
    case race(rows: [ConnectionRow], holder: String)
    case bump(counter: String, floor: Int64, by: Int64, times: Int)
    case saveUntilKilled(row: ConnectionRow)
    case saveUntilTold(row: ConnectionRow)
}

/// What it tells, a line each.
enum Told: Codable, Sendable, Equatable {
    case ready
    case done
    case won([Bool])
    case values([Int64])
    case saved(revision: Int64, bumped: Int64)
    case failed(String)
}

/// The whole of the program that the suite runs as other processes, for each store that is to be tested.
///
/// - Parameter openStore: as the subject's.
public func conformanceProgram(_ openStore: @escaping @Sendable (_ place: String) async throws -> any Store) async -> Never {
    let given = CommandLine.arguments
    do {
        guard given.count == 3 else { throw Nonconformance(description: "only the conformance suite runs this program") }
        let job = try JSONDecoder().decode(Job.self, from: Data(given[2].utf8))
        let (place, words) = (given[1], Words())
        if case .open = job {} else { _ = try await openStore(place).nextDue() }
        try tell(.ready)
        await words.wait("go")
        try await work(job, try await openStore(place), words)
        exit(0)
    } catch {
        try? tell(.failed("\(error)"))
        exit(1)
    }
}

private func work(_ job: Job, _ store: any Store, _ words: Words) async throws {
    switch job {
    case .open(let row):
        try tell(.won([try await store.save(row)]))
    case .increment(let id, let times):
        var won = 0
        while won < times {
            guard let stored = try await store.load(id) else { throw Nonconformance(description: "the row is gone") }
            let more = next(stored.row) { $0.sealed = "\((Int($0.sealed) ?? 0) + 1)" }
            if try await store.save(more) { won += 1 }
        }
        try tell(.done)
    case .race(let rows, let holder):
        var won: [Bool] = []
        for row in rows { won.append(try await store.save(edited(row) { $0.leaseHolder = holder })) }
        try tell(.won(won))
    case .bump(let counter, let floor, let by, let times):
        var values: [Int64] = []
        for _ in 0..<times { values.append(try await store.bump(counter, floor: floor, by: by)) }
        try tell(.values(values))
    case .saveUntilKilled(var row):
        while true {
            guard try await store.save(row) else { throw Nonconformance(description: "nobody else saves this row") }
            try tell(.saved(revision: row.revision, bumped: try await store.bump(row.id, floor: 0, by: 1)))
            row = next(row)
        }
    case .saveUntilTold(var row):
        while !words.has("stop") {
            _ = try await store.save(row)
            row = next(row)
        }
        try tell(.done)
    }
}

private func tell(_ told: Told) throws {
    FileHandle.standardOutput.write(try JSONEncoder().encode(told) + Data("\n".utf8))
}

/// What the suite says to the process.
private final class Words: @unchecked Sendable {
    private let changed = NSCondition()
    private var said: Set<String> = []

    init() {
        // A thread of its own: it blocks.
        Thread {
            while let line = readLine() {
                self.changed.lock()
                self.said.insert(line)
                self.changed.unlock()
            }
            // Whoever started this process is gone.
            exit(1)
        }.start()
    }

    func has(_ word: String) -> Bool {
        changed.lock()
        defer { changed.unlock() }
        return said.contains(word)
    }

    func wait(_ word: String) async {
        while !has(word) { try? await Task.sleep(nanoseconds: 2_000_000) }
    }
}

/// What has come of a line so far; one reader at a time.
private final class Rest: @unchecked Sendable {
    private var rest = Data()

    func lines(_ more: Data) -> [Data] {
        rest.append(more)
        var lines: [Data] = []
        while let end = rest.firstIndex(of: 10) {
            lines.append(Data(rest[..<end]))
            rest = Data(rest[rest.index(after: end)...])
        }
        return lines
    }
}

/// One of them, as the suite sees it.
final class Other: @unchecked Sendable {
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private var lines: AsyncStream<Told>.AsyncIterator

    init(_ program: URL, _ place: String, _ job: Job) throws {
        process.executableURL = program
        process.arguments = [place, String(decoding: try JSONEncoder().encode(job), as: UTF8.self)]
        (process.standardInput, process.standardOutput) = (input, output)
        let (stream, told) = AsyncStream<Told>.makeStream()
        lines = stream.makeAsyncIterator()
        let rest = Rest()
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            for line in rest.lines(data) {
                if let line = try? JSONDecoder().decode(Told.self, from: line) { told.yield(line) }
            }
            if data.isEmpty {
                handle.readabilityHandler = nil
                told.finish()
            }
        }
        try process.run()
    }

    func next() async throws -> Told {
        guard let told = await lines.next() else { throw Nonconformance(description: "a process of the suite has ended early") }
        if case .failed(let why) = told { throw Nonconformance(description: "in another process: \(why)") }
        return told
    }

    func say(_ word: String) {
        input.fileHandleForWriting.write(Data("\(word)\n".utf8))
    }

    /// At once, and waits until it is gone.
    func kill() {
        if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}

extension Suite {
    /// One process for each job, which begin at the same time.
    func with<T>(_ jobs: [Job], _ place: String, _ work: ([Other]) async throws -> T) async throws -> T {
        let others = try jobs.map { try Other(subject.program, place, $0) }
        defer { for each in others { each.kill() } }
        for each in others { try same(await each.next(), .ready, "a process begins") }
        for each in others { each.say("go") }
        return try await work(others)
    }

    /// What each job has come to.
    func results(_ jobs: [Job], _ place: String) async throws -> [Told] {
        try await with(jobs, place) { others in
            var results: [Told] = []
            for each in others { results.append(try await each.next()) }
            return results
        }
    }
}
