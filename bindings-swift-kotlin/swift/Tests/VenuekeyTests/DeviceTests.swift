import Foundation
import Rig
import Testing
@testable import Venuekey

extension JourneyTests {
    /// What an app has on a device: its own connection, and one by its backend. Each call of `life` is the app after a start.
    @Suite(.serialized, .timeLimit(.minutes(10))) struct DeviceTests {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

        init() async throws {
            try await Held.release()
            try await Sandbox.reset()
        }

        func life() async throws -> DeviceConnection {
            let base = "\(Sandbox.url)/whitebit/global"
            let config = ClientConfig(
                venue: .whitebit, environment: .global, clientId: "demo-whitebit",
                redirectUri: "http://127.0.0.1:8000/callback/whitebit", authorizeBase: base, apiBase: base)
            let store = FileStore(directory: folder)
            let connections = try Connections(
                clients: ["whitebit": try Client(config: config)], store: store, keys: try await store.sealingKeys())
            return DeviceConnection(connections, client: "whitebit")
        }

        @Test func aScreenSeesEachStateAndTwoClicksAreOne() async throws {
            let device = try await life()
            var seen = device.updates().makeAsyncIterator()
            func next(_ isSo: (ConnectionStatus?) -> Bool) async throws {
                while let view = try await seen.next() { if isSo(view?.status) { return } }
            }
            try await next { $0 == nil }
            await #expect(throws: ConnectionNotFound.self) { try await device.recover() }

            async let other = device.connect()
            let view = try await device.connect()
            #expect(try await other.id == view.id)
            try await next { $0 == .awaitingUser }
            // Another process of the app shows the same page again.
            #expect(try await life().connect().authorizeUrl?.expose() == view.authorizeUrl?.expose())

            // Somebody else's save is seen too.
            let elsewhere = try await life()
            try await elsewhere.cancelAttempt()
            _ = try await elsewhere.connections.runOnce()
            try await next { $0 == .ended }
            #expect(try await device.connect().id != view.id)
            #expect(try await device.view()?.status == .awaitingUser)
        }

        @Test func aCallbackStaysUntilTheBackendHasIt() async throws {
            let backend = Ours(try Paved())
            let secrets = FileSecrets(directory: folder)
            let app = BackendConnection("whitebit", backend: backend, secrets: secrets)
            #expect(try await !app.receiveCallback("https://partner.example/callback/whitebit?code=c&state=s"))
            try await app.resume()
            try await app.cancel()
            #expect(backend.state.with { $0.asked } == 0)

            let callback = try await Sandbox.approve(try await app.begin().expose())
            #expect(try await app.pending() == PendingAttempt(hasCallback: false))
            let foreign = callback.replacingOccurrences(of: "state=", with: "state=x")
            await #expect(throws: BackendRefusal(code: "state_mismatch", kind: "rejected")) {
                try await app.receiveCallback(foreign)
            }
            #expect(try await app.pending() == PendingAttempt(hasCallback: false))

            backend.state.with { $0.isAway = true }
            await #expect(throws: Away.self) { try await app.receiveCallback(callback) }
            #expect(try await app.pending() == PendingAttempt(hasCallback: true))
            backend.state.with { $0.isAway = false }
            // The app after a start.
            let next = BackendConnection("whitebit", backend: backend, secrets: FileSecrets(directory: folder))
            try await next.resume()
            #expect(try await next.pending() == nil)
            _ = try await backend.paved.connections.runOnce()
            #expect(try await backend.paved.connections.find(owner: "user").map(\.status) == [.connected])

            #expect(try await !next.connect(in: Shut(), redirectUri: "http://127.0.0.1:8000/callback/whitebit"))
            #expect(try await next.pending() == nil)
            #expect(try await Sandbox.asked("token") == 1)
        }

        @Test func whatTheDeviceHasBegunIsHandedOffOnce() async throws {
            let backend = Ours(try Paved())
            func app() async throws -> BackendConnection { BackendConnection(backend: backend, device: try await life()) }
            #expect(try await app().pending() == nil)
            let callback = try await Sandbox.approve(try await app().begin().expose())
            let foreign = callback.replacingOccurrences(of: "state=", with: "state=x")
            let refused = await thrown { try await app().receiveCallback(foreign) } as? VenuekeyError
            #expect(refused?.code == "state_mismatch")
            #expect(try await app().pending() == PendingAttempt(hasCallback: false))

            backend.state.with { $0.losesAnswers = true }
            await #expect(throws: Away.self) { try await app().receiveCallback(callback) }
            #expect(try await app().pending() == PendingAttempt(hasCallback: true))
            let early = await thrown { try await app().begin() } as? VenuekeyError
            #expect(early?.code == "wrong_state")
            backend.state.with { $0.losesAnswers = false }
            try await app().resume()
            #expect(try await app().pending() == nil)
            #expect(try await life().view()?.status == .ended)

            _ = try await app().begin()
            try await app().cancel()
            #expect(try await app().pending() == nil)
            #expect(try await life().connections.find(owner: "local").allSatisfy { $0.status == .ended })
            _ = try await backend.paved.connections.runOnce()
            #expect(try await Sandbox.asked("token") == 1)
        }

        @Test func secretsAreFilesOfAnyName() async throws {
            let names = ["session", "a/b", "..", ".new", "ü", "%"]
            let secrets = FileSecrets(directory: folder)
            func files() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("secrets").path).count
            }
            for name in names { try await secrets.save(name, "text of \(name)") }
            #expect(try files() == names.count)
            for name in names { #expect(try await secrets.load(name) == "text of \(name)") }
            for name in names { try await secrets.save(name, nil) }
            try await secrets.save("session", nil)
            #expect(try files() == 0)
            #expect(try await secrets.load("session") == nil)
            await #expect(throws: StoreError.self) { try await secrets.save("", "x") }
        }
    }
}

private struct Away: Error {}

private struct Shut: Browser {
    func open(_ page: Secret, redirectUri: String) async throws -> String? { nil }
}

/// An app's backend, without the HTTP between.
private struct Ours: AppBackend {
    let paved: Paved
    let state = Locked((isAway: false, losesAnswers: false, asked: 0))

    init(_ paved: Paved) {
        self.paved = paved
    }

    func begin(_ client: String) async throws -> Secret {
        try await answered {
            try #require(try await paved.connections.begin(client, owner: "user", goal: .apiKey).authorizeUrl)
        }
    }

    func receiveCallback(_ client: String, url: String) async throws {
        try await answered { _ = try await paved.connections.receiveCallback(try await last(), url: url) }
    }

    func receiveHandOff(_ client: String, handOff: HandOff) async throws {
        try await answered {
            let taken = try await paved.connections.beginByHandOff(client, handOff: handOff.expose(), owner: "user")
            if !taken.isNew { throw BackendRefusal(code: "superseded") }
        }
    }

    func forget(_ client: String) async throws {
        try await answered { _ = try await paved.connections.cancelAttempt(try await last()) }
    }

    private func last() async throws -> String {
        try #require(try await paved.connections.find(owner: "user").max { ($0.begunAtMs ?? 0) < ($1.begunAtMs ?? 0) }).id
    }

    private func answered<T>(_ work: () async throws -> T) async throws -> T {
        if state.with({ $0.isAway }) { throw Away() }
        state.with { $0.asked += 1 }
        let answer: T
        do {
            answer = try await work()
        } catch let error as VenuekeyError {
            throw BackendRefusal(code: error.code, kind: "\(error.kind)")
        }
        if state.with({ $0.losesAnswers }) { throw Away() }
        return answer
    }
}
