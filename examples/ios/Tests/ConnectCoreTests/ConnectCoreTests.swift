import Foundation
import Testing
@testable import ConnectCore

/// The app's logic against the real backend and the sandbox. One after the other: they share both.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: Setting.backendUrl != nil)) @MainActor struct ConnectCoreTests {
    let vault = MemoryVault()
    let backend: Backend

    init() async throws {
        backend = Backend(publicUrl: try #require(URL(string: Setting.backendUrl ?? "")), vault: vault)
        try await Sandbox.reset()
    }

    func model(_ exchange: Exchange, _ browser: any Browser = Agreeing()) -> ConnectModel {
        ConnectModel(exchange, backend: backend, browser: browser, vault: vault, pollMs: 50)
    }

    @Test(arguments: Exchange.allCases) func connectsAndForgets(_ exchange: Exchange) async throws {
        let model = model(exchange)
        try await model.connect()
        #expect(model.refusal == nil)
        #expect(model.standing?.state == "connected", "\(String(describing: model.standing))")
        #expect(vault.load("callback.\(exchange.rawValue)") == nil)
        #expect(try await Sandbox.admin("GET", "violations")["violations"] == .array([]))
        try await model.forget()
        #expect(model.standing?.state != "connected")
    }

    @Test func endedWhileItCarriesTheCallbackItGoesOnAtTheNextStart() async throws {
        // The user has agreed and the app has kept the callback; then the system ends it.
        let begun = try await backend.begin(.whitebit)
        let url = try await Agreeing().agree(begun.authorizeUrl)
        vault.keep(url.absoluteString, as: "callback.whitebit")
        let next = model(.whitebit)
        try await next.appear()
        #expect(next.standing?.state == "connected")
        // Twice does no harm.
        try await backend.bring(.whitebit, callbackUrl: url.absoluteString)
    }

    @Test func aCallbackThatNobodyAnswersStays() async throws {
        let away = Backend(publicUrl: try #require(URL(string: "http://127.0.0.1:9")), vault: vault)
        vault.keep("http://127.0.0.1:9/callback/whitebit?code=c&state=s", as: "callback.whitebit")
        let model = ConnectModel(.whitebit, backend: away, browser: Closing(), vault: vault)
        await #expect(throws: URLError.self) { try await model.appear() }
        #expect(vault.load("callback.whitebit") != nil)
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
        _ = try await backend.begin(.whitebit)
        vault.keep("\(backend.publicUrl)/callback/whitebit?code=canary&state=foreign", as: "callback.whitebit")
        let model = model(.whitebit)
        try await model.appear()
        #expect(model.refusal?.kind == "rejected")
        #expect(vault.load("callback.whitebit") == nil)
    }

    @Test func handsOffWhatTheAppItselfHasBegun() async throws {
        let base = "\(Sandbox.url)/whitebit/global"
        let app = try DeviceConnection(clientId: "demo-whitebit", backend: backend, vault: vault, authorizeBase: base)
        let callback = try await Agreeing().agree(try app.begin())
        // The system has ended the app meanwhile.
        let next = try DeviceConnection(clientId: "demo-whitebit", backend: backend, vault: vault, authorizeBase: base)
        let kept = try #require(vault.load("flow.whitebit"))
        try await next.finish(callback: callback)
        #expect(vault.load("flow.whitebit") == nil)
        // A crash before the app noted that it has arrived: the same hand-off again.
        vault.keep(kept, as: "flow.whitebit")
        try await next.finish(callback: callback)
        #expect(vault.load("flow.whitebit") == nil)

        let model = model(.whitebit)
        try await model.appear()
        #expect(model.standing?.state == "connected")
        #expect(try await Sandbox.asked("token") == 1)
    }

    @Test func whatTheAppKeepsIsAllItKeeps() async throws {
        try await model(.whitebit).connect()
        #expect(vault.names == ["session"])
    }
}

/// A user who agrees, in a browser that the app can't look into.
struct Agreeing: Browser {
    func open(_ page: URL, callback: URL) async throws -> URL {
        let url = try await agree(page)
        #expect(url.absoluteString.hasPrefix(callback.absoluteString))
        return url
    }

    func agree(_ page: URL) async throws -> URL {
        try #require(URL(string: try await Sandbox.approve(page.absoluteString)))
    }
}

struct Closing: Browser {
    func open(_ page: URL, callback: URL) async throws -> URL {
        throw BrowserClosed()
    }
}

enum Setting {
    static let backendUrl = ProcessInfo.processInfo.environment["VENUEKEY_BACKEND_URL"]
}
