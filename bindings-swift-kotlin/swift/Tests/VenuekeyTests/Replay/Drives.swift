import Foundation
@testable import Venuekey

/// What the drivers do and in which order, whatever comes between: the cases of tests/vectors/drives.
func drives(_ test: Case) async throws {
    for (index, way) in (test.given["ways"]?.array ?? []).enumerated() {
        let host = Host(try test.client(), test.given, way)
        let (known, tell) = AsyncStream<Void>.makeStream()
        let task = Task {
            // It cancels itself, so it begins once it is known.
            for await _ in known { break }
            return await thrown { host.end = ["returns": try await host.returned()] }
        }
        host.handle.set(task)
        tell.yield()
        if let error = await task.value { host.end = try host.ended(error) }
        let seen: JSON = ["trace": .array(host.trace.map { .string($0) }), "end": host.end]
        try same(seen, try way.field("expect"), "way \(index)")
    }
}

/// What a host's function throws.
private struct Broken: Error {}

/// Functions by the case, one called after the other, which write down what they do; at one place of that the way leaves
/// the plain one.
private final class Host: @unchecked Sendable {
    let client: Client
    let given: JSON
    let way: JSON
    let handle = Handle()
    var trace: [String] = []
    var end = JSON.null
    private var replies: [JSON]
    private var answers: [String]
    private var nowMs: Int64
    private var stored: String

    init(_ client: Client, _ given: JSON, _ way: JSON) {
        (self.client, self.given, self.way) = (client, given, way)
        (replies, answers) = (given["replies"]?.array ?? [], given.strings("answers"))
        (nowMs, stored) = (given["now_ms"]?.int ?? 0, given["stored"]?.string ?? "")
    }

    func returned() async throws -> JSON {
        given["stored"] == nil ? try await flow() : try await tokens()
    }

    private func flow() async throws -> JSON {
        let step = try happen(try client.restore(text: try given.text("snapshot")), try given.field("event"))
        let choose: @Sendable (ChooseStep) async throws -> String = { _ in try self.answer("choose") }
        let authorize: @Sendable (AuthorizeStep) async throws -> String = { _ in try self.answer("authorize") }
        // Without an answer nobody is there to ask.
        let isThere = !answers.isEmpty
        let done = try await drive(
            step, send: send,
            save: { snapshot in
                try self.does("save \(snapshot.revision) \(described(snapshot.status).string ?? "")")
                return !self.isSuperseded
            },
            choose: isThere ? choose : nil, authorize: isThere ? authorize : nil, sleep: sleep,
            clock: clock, onStep: { _ = try self.writes("step \(word($0))") })
        return described(done.outcome)["outcome"] ?? .null
    }

    private func tokens() async throws -> JSON {
        if given["brought"] != nil {
            let brought = try client.restoreTokens(text: try given.text("brought"))
            try await keepTokens(client, brought, load: load, save: saveTokens)
            return .null
        }
        let use = try await freshTokens(
            client, load: load, save: saveTokens, send: send, refusedGeneration: given["refused_generation"]?.int,
            patienceMs: given["patience_ms"]?.int ?? 30_000, sleep: sleep, clock: clock)
        return json(use.generation)
    }

    func ended(_ error: any Error) throws -> JSON {
        switch error {
        case is Broken:
            return given["stored"] == nil ? "stopped" : "thrown"
        case is CancellationError where way["stop"] != nil:
            return "stopped"
        case let failed as SaveFailed where failed.cause is Broken:
            return ["save_fails": .string(word(failed.step))]
        case let unsaved as TokensUnsaved where unsaved.cause is Broken:
            return ["unsaved": json(unsaved.shared.generation)]
        case let refused as VenuekeyError:
            // A question that nobody is there to answer reaches no function.
            if refused.code == "choice_required" { trace.append("choose") }
            if refused.code == "authorization_required" { trace.append("authorize") }
            return ["raises": json(refused.code)]
        default:
            throw error
        }
    }

    /// Writes it down. Asked to stop there, it ends here, unless it is shielded.
    private func does(_ line: String) throws {
        if try writes(line) { try Task.checkCancellation() }
    }

    /// Whether it was asked to stop there.
    private func writes(_ line: String) throws -> Bool {
        let place = Int64(trace.count)
        trace.append(line)
        if place == way["throw"]?.int { throw Broken() }
        guard place == way["stop"]?.int else { return false }
        handle.cancel()
        return true
    }

    private var isSuperseded: Bool { way["superseded"]?.int == Int64(trace.count - 1) }

    private func answer(_ question: String) throws -> String {
        try does(question)
        guard !answers.isEmpty else { throw Unreplayable("no answer is left") }
        return answers.removeFirst()
    }

    private var clock: Clock { { self.nowMs } }

    private var sleep: Sleep {
        { ms in
            try self.does("sleep \(ms)")
            self.nowMs += ms
        }
    }

    private var send: Send {
        { request in
            try self.does("send \(request.purpose)")
            guard !self.replies.isEmpty else { throw Unreplayable("no reply is left") }
            let reply = self.replies.removeFirst()
            guard reply["status"] != nil else { throw NoResponse(notSent: reply["not_sent"]?.bool ?? false) }
            return try response(reply)
        }
    }

    private var load: Load {
        {
            try self.does("load")
            return self.stored
        }
    }

    private var saveTokens: Save {
        { snapshot in
            try self.does("save \(snapshot.revision)")
            if self.isSuperseded { self.stored = try self.given.text("moved_on") }
            let revision = try self.client.restoreTokens(text: self.stored).revision
            guard !self.isSuperseded, snapshot.expectedRevision == revision else { return false }
            self.stored = snapshot.expose()
            return true
        }
    }
}
