import Foundation
import Testing
import Venuekey
@testable import ConnectCore

/// What the device holds itself, from the click to the end, in two lives of the app.
@Suite(.serialized, .timeLimit(.minutes(10))) @MainActor struct AgentModelTests {
    let store = FileStore(
        directory: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))

    init() async throws {
        try await Sandbox.reset()
    }

    func model() async throws -> AgentModel {
        try AgentModel(store: store, keys: try await store.sealingKeys(), base: "\(Sandbox.url)/bybit/mainnet")
    }

    /// Follows until this holds; then the system ends the app.
    func following(_ model: AgentModel, until isSo: (ConnectionView) -> Bool) async throws -> ConnectionView {
        let life = Task { try await model.follow() }
        defer { life.cancel() }
        while true {
            if let view = model.view, isSo(view) { return view }
            await Task.yield()
        }
    }

    @Test func connectsInTwoLivesOfTheApp() async throws {
        let first = try await model()
        try await first.press { try await $0.connect() }
        try await first.press { try await $0.receivePastedCode("canary of another connection") }
        #expect(first.refusal != nil)
        let shown = try await Sandbox.approve(try #require(first.view?.authorizeUrl).expose(), untilCode: true)
        let code = try #require(URLComponents(string: shown)?.queryItems?.first { $0.name == "code" }?.value)
        try await first.press { try await $0.receivePastedCode(code) }
        #expect(first.refusal == nil)
        _ = try await following(first) { $0.choices != nil }

        let second = try await model()
        let asked = try await following(second) { $0.choices != nil }
        let chosen = try #require(asked.choices?.subaccounts.first).id
        try await second.press { try await $0.choose(chosen) }
        _ = try await following(second) { $0.status == .connected }
        var balances: [CommonBalance] = []
        for try await balance in try await second.device.account().balances() { balances.append(balance) }
        #expect(!balances.isEmpty)
        try await second.press { try await $0.disconnect() }
        _ = try await following(second) { $0.status == .ended }
        #expect(try await Sandbox.asked("token") == 1)
        #expect(try await Sandbox.admin("GET", "violations")["violations"] == .array([]))
    }
}
