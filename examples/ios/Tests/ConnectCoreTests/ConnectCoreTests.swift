import Foundation
import Testing
import Venuekey
@testable import ConnectCore

/// The app's logic against the real backend and the sandbox. One after the other: they share both.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: Setting.backendUrl != nil)) @MainActor struct ConnectCoreTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let secrets: FileSecrets
    let backend: Backend

    init() async throws {
        secrets = FileSecrets(directory: folder)
        backend = Backend(publicUrl: try #require(URL(string: Setting.backendUrl ?? "")), secrets: secrets)
        try await Sandbox.reset()
    }

    func model(_ exchange: Exchange, _ browser: any Browser = Agreeing()) -> ConnectModel {
        ConnectModel(exchange, backend: backend, browser: browser, secrets: secrets, pollMs: 50)
    }

    @Test(arguments: Exchange.allCases) func connectsAndForgets(_ exchange: Exchange) async throws {
        let model = model(exchange)
        try await model.connect()
        #expect(model.refusal == nil)
        #expect(model.standing?.state == "connected", "\(String(describing: model.standing))")
        #expect(try await secrets.load("callback.\(exchange.rawValue)") == nil)
        #expect(try await Sandbox.admin("GET", "violations")["violations"] == .array([]))
        try await model.forget()
        #expect(model.standing?.state != "connected")
    }

    @Test func endedWhileItCarriesTheCallbackItGoesOnAtTheNextStart() async throws {
        // The user has agreed and the app has kept the callback; then the system ends it.
        let url = try await Agreeing().agree(try await backend.begin("whitebit"))
        try await secrets.save("callback.whitebit", url)
        let next = model(.whitebit)
        try await next.appear()
        #expect(next.standing?.state == "connected")
        // Twice does no harm.
        try await backend.receiveCallback("whitebit", url: url)
    }

    @Test func aCallbackThatNobodyAnswersStays() async throws {
        let away = Backend(publicUrl: try #require(URL(string: "http://127.0.0.1:9")), secrets: secrets)
        try await secrets.save("callback.whitebit", "http://127.0.0.1:9/callback/whitebit?code=c&state=s")
        let model = ConnectModel(.whitebit, backend: away, browser: Closing(), secrets: secrets)
        await #expect(throws: URLError.self) { try await model.appear() }
        #expect(try await secrets.load("callback.whitebit")?.isEmpty == false)
        #expect(!model.isWorking)
    }

    @Test func aUserWhoClosesTheBrowserCanBeginAgain() async throws {
        let model = model(.bybit, Closing())
        try await model.connect()
        #expect(model.standing?.state == "none")
        let again = self.model(.bybit)
        try await again.connect()
        #expect(again.standing?.state == "connected")
    }

    @Test func aForeignCallbackIsRefusedInTheBackendsWords() async throws {
        _ = try await backend.begin("whitebit")
        try await secrets.save("callback.whitebit", "\(backend.publicUrl)/callback/whitebit?code=canary&state=foreign")
        let model = model(.whitebit)
        try await model.appear()
        #expect(model.refusal?.kind == "rejected")
        #expect(try await secrets.load("callback.whitebit")?.isEmpty == true)
    }

    @Test func handsOffWhatTheAppItselfHasBegun() async throws {
        let device = Device(backend)
        let callback = try await Agreeing().agree(try await device.life().begin())
        // The system has ended the app meanwhile.
        let before = try device.copied()
        try await device.life().receiveCallback(callback)
        #expect(try await device.isDone())
        // A crash before the app noted that it has arrived: the same hand-off again.
        try await before.life().receiveCallback(callback)
        #expect(try await before.isDone())

        let model = model(.whitebit)
        try await model.appear()
        #expect(model.standing?.state == "connected")
        #expect(try await Sandbox.asked("token") == 1)
    }

    /// Each save of the hand-off's life is where the app ends, before it or after it; the next start goes on, and the user
    /// does again what is not there.
    @Test func endedAtEachSaveTheHandOffArrivesOnce() async throws {
        // The backend has had the first code of a sandbox that was reset.
        _ = try await Agreeing().agree(try await Device(backend).life().begin())
        try await deleteKey()
        let deaths = (1...3).flatMap { place in [true, false].map { (place, $0) } }
        for (round, (place, isBefore)) in deaths.enumerated() {
            let device = Device(backend)
            var callback: String?
            await #expect(throws: Killed.self, "\(round)") {
                let app = try await device.life(death: Death(at: place, isBefore: isBefore))
                let url = try await Agreeing().agree(try await app.begin())
                callback = url
                try await app.receiveCallback(url)
            }
            let next = try await device.life()
            try await next.resume()
            if let callback { try await next.receiveCallback(callback) }
            if try await !device.isDone() {
                try await next.receiveCallback(try await Agreeing().agree(try await next.begin()))
            }
            #expect(try await device.isDone(), "\(round)")
            let model = model(.whitebit)
            try await model.appear()
            #expect(model.standing?.state == "connected", "\(round)")
            #expect(try await Sandbox.asked("token") == round + 1, "\(round)")
            try await model.forget()
            try await deleteKey()
        }
    }

    /// WhiteBIT has room for one.
    func deleteKey() async throws {
        try await Sandbox.admin("POST", "user/whitebit/global/action", #"{"action": "delete_key"}"#)
    }

    @Test func whatTheAppKeepsIsAllItKeeps() async throws {
        try await model(.whitebit).connect()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("secrets").path) == ["session"])
    }
}

/// What outlives the app: the device's own connections, in files of a folder.
struct Device {
    let folder: URL
    let backend: Backend

    init(_ backend: Backend, folder: URL = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)) {
        (self.backend, self.folder) = (backend, folder)
    }

    /// The app, from its start.
    func life(death: Death? = nil) async throws -> BackendConnection {
        let files = FileStore(directory: folder)
        let keys = try await files.sealingKeys()
        let store: any Store = death.map { death in WatchedStore(files) { try await death.pass($0) } } ?? files
        return try handingOff(
            clientId: "demo-whitebit", backend: backend, store: store, keys: keys,
            base: "\(Sandbox.url)/whitebit/global")
    }

    func copied() throws -> Device {
        let copy = folder.appendingPathExtension("copy")
        try FileManager.default.copyItem(at: folder, to: copy)
        return Device(backend, folder: copy)
    }

    /// Whether something was begun, and all of that has ended.
    func isDone() async throws -> Bool {
        let rows = try await FileStore(directory: folder).find(owner: "me")
        return !rows.isEmpty && rows.allSatisfy { $0.row.status == .ended }
    }
}

struct Killed: Error {}

/// The system ends the app at one of its saves; what comes then is not written either.
actor Death {
    private let place: Int
    private let when: String
    private var saves = 0
    private var isOver = false

    init(at place: Int, isBefore: Bool) {
        (self.place, when) = (place, isBefore ? "before save" : "after save")
    }

    func pass(_ what: String) throws {
        if isOver { throw Killed() }
        if what == when { saves += 1 }
        guard what == when, saves == place else { return }
        isOver = true
        throw Killed()
    }
}

/// A user who agrees, in a browser that the app can't look into.
struct Agreeing: Browser {
    func open(_ page: Secret, redirectUri: String) async throws -> String? {
        let url = try await agree(page)
        #expect(url.hasPrefix(redirectUri))
        return url
    }

    func agree(_ page: Secret) async throws -> String {
        try await Sandbox.approve(page.expose())
    }
}

struct Closing: Browser {
    func open(_ page: Secret, redirectUri: String) async throws -> String? {
        nil
    }
}

enum Setting {
    static let backendUrl = ProcessInfo.processInfo.environment["VENUEKEY_BACKEND_URL"]
}
