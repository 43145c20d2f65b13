import Foundation
import Rig
import Testing
@testable import Venuekey

extension JourneyTests {
    /// A worker ends at each thing that it does, and another one goes on: no code is exchanged twice, and nothing hangs.
    @Suite(.serialized) struct ConnectionKills {
        /// What the user is told where a request is lost in doubt: its lease is stored, it is sent, its reply is to be stored.
        /// Each other death costs nothing.
        static let told = ["exchange_code": "outcome_unknown", "fetch_secret": "delete_key_in_dashboard", "fetch_api_key": "key_unconfirmed"]
        /// The lease of a worker that has died, and how far apart two clocks may be.
        static let leaseMs: Int64 = 200_000

        init() async throws {
            try await Held.release()
            try await Sandbox.reset()
        }

        /// A process that works and is killed at that point; what it passed, and whether it came to its end.
        func worked(_ paved: Paved, nowMs: Int64, point: Int) throws -> (steps: [String], hasEnded: Bool) {
            let (process, output) = (Process(), Pipe())
            let built = ProcessInfo.processInfo.environment["VENUEKEY_BUILT"] ?? ".build/debug"
            process.executableURL = URL(fileURLWithPath: "\(built)/worker")
            process.arguments = [paved.path, Sandbox.url, "\(nowMs)", "\(point)"]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let lines = text.split(separator: "\n").map(String.init)
            let hasEnded = process.terminationReason == .exit
            #expect(hasEnded || process.terminationStatus == SIGKILL)
            return (lines.filter { !$0.hasPrefix("next") }, hasEnded)
        }

        @Test(arguments: ["whitebit", "bybit"]) func killedAtEachPoint(_ client: String) async throws {
            let held = try await Held()
            var (point, ends): (Int, [String]) = (0, [])
            while true {
                point += 1
                try await Sandbox.reset()
                try await Sandbox.admin("POST", "clock", #"{"held": true}"#)
                // A code's minute is over once the lease is.
                try await Sandbox.admin("PATCH", "knobs", #"{"whitebit": {"code_ttl_s": 3600}, "bybit": {"code_ttl_s": 3600}}"#)
                let clock = Locked(try await held.advance(0))
                let paved = try Paved(clock: { clock.with { $0 } })
                let view = try await paved.calledBack(client)
                let (steps, hasEnded) = try worked(paved, nowMs: clock.with { $0 }, point: point)
                if hasEnded {
                    #expect(steps.count == point - 1)
                    break
                }
                let atMs = try await held.advance(Self.leaseMs)
                clock.with { $0 = atMs }
                var shown = try await settled(paved, view.id, held, clock)
                let (name, asked) = ("\(point) \(steps.last ?? "")", try await Sandbox.asked("token"))
                #expect(asked <= 1, "\(name): a code was exchanged twice")
                ends.append(shown.status == .connected ? "connected" : shown.error?.code ?? "")
                if shown.status != .connected {
                    #expect(shown.status == .needsUser && Self.told.values.contains(ends.last!), "\(name): \(ends.last!)")
                    shown = try await mended(paved, shown, held, clock)
                }
                #expect(shown.status == .connected, "\(name): \(String(describing: shown.error))")
                #expect(try await paved.isRight(view.id), "\(name)")
                #expect(try await paved.store.load(view.id)?.row.leaseHolder == nil, "\(name)")
            }
            try await Held.release()
            #expect(ends.count > 20, "\(ends)")
            // Four moments of each request in doubt, at most; the rest costs nothing.
            let lost = ends.filter { $0 != "connected" }
            #expect(!lost.isEmpty && lost.count <= 8 && ends.last == "connected", "\(ends)")
        }

        /// Works until nothing is due, moving the clock to what is due next.
        private func settled(
            _ paved: Paved, _ id: String, _ held: Held, _ clock: Locked<Int64>
        ) async throws -> ConnectionView {
            for _ in 0..<60 {
                let nextMs = try await paved.connections.runOnce()
                let view = try await paved.connections.status(id)
                if view.status != .working { return view }
                let nowMs = clock.with { $0 }
                let laterMs = try await held.advance(max(1, (nextMs ?? nowMs + 1000) - nowMs))
                clock.with { $0 = laterMs }
            }
            throw Unreplayable("it never settles")
        }

        /// Does what the view says until it is connected.
        private func mended(
            _ paved: Paved, _ view: ConnectionView, _ held: Held, _ clock: Locked<Int64>
        ) async throws -> ConnectionView {
            var view = view
            for _ in 0..<4 where view.status != .connected {
                if view.recovery != nil {
                    _ = try await paved.connections.recover(view.id)
                } else {
                    if view.venue == .whitebit {
                        // The user deletes the key that nobody has.
                        try await Sandbox.admin("POST", "user/whitebit/global/action", #"{"action": "delete_key"}"#)
                    }
                    let again = try await paved.connections.reconnect(view.id)
                    let url = try await Sandbox.approve(try #require(again.authorizeUrl).expose())
                    try await paved.connections.receiveCallback(view.id, url: url)
                }
                view = try await settled(paved, view.id, held, clock)
            }
            return view
        }

        /// Asked politely, it ends where nothing is lost, wherever it was.
        @Test(arguments: ["whitebit", "bybit"]) func cancelledAtEachPoint(_ client: String) async throws {
            var (at, total) = (0, Int.max)
            while at < total {
                try await Sandbox.reset()
                let (handle, course) = (Handle(), Course())
                let send = urlSessionSender()
                let cut = try Paved(
                    send: { request in
                        course.pass()
                        let reply = try await send(request)
                        course.pass()
                        return reply
                    },
                    looks: { _ in course.pass() })
                let view = try await cut.calledBack(client)
                course.begin(at) { handle.cancel() }
                let task = Task { () -> (any Error)? in await thrown { try await cut.connections.runOnce() } }
                handle.set(task)
                #expect(await task.value == nil, "\(at)")
                total = min(total, course.isPast ? total : at)
                // Its lease is given back, by what is left behind where the end could not wait for it.
                while try await cut.store.load(view.id)?.row.leaseHolder != nil { try await systemSleep(10) }
                let next = try Paved(path: cut.path)
                try await next.working { _ = try await next.until(view.id) { $0.status != .working } }
                let end = try await next.connections.status(view.id)
                #expect(end.status == .connected, "\(at): \(String(describing: end.error))")
                #expect(try await Sandbox.asked("token") == 1, "\(at)")
                #expect(try await Sandbox.asked(client == "whitebit" ? "secret" : "openapi") == 1, "\(at)")
                at += 1
            }
            #expect(at > 20)
        }
    }
}

/// Counts the points that are passed, and does something at one of them.
private final class Course: Sendable {
    private let state = Locked<(at: Int, count: Int, happens: (@Sendable () -> Void)?)>((0, 0, nil))

    func begin(_ at: Int, _ happens: @escaping @Sendable () -> Void) {
        state.with { $0 = (at, 0, happens) }
    }

    func pass() {
        let happens = state.with { state in
            defer { state.count += 1 }
            return state.count == state.at ? state.happens : nil
        }
        happens?()
    }

    /// Whether that point was passed.
    var isPast: Bool { state.with { $0.count > $0.at } }
}
