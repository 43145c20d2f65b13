import Foundation
import Testing
import VenuekeySandbox
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

private func authorizeUrl(_ sandbox: Sandbox) -> String {
    sandbox.baseUrl("whitebit", "eu") + "/auth/login?clientId=demo-whitebit&state=s"
}

/// The token endpoint's status for a callback's code.
private func exchange(_ sandbox: Sandbox, _ callback: String) async throws -> Int? {
    let code = try #require(URLComponents(string: callback)?.queryItems?.first { $0.name == "code" }?.value)
    var request = URLRequest(url: try #require(URL(string: sandbox.baseUrl("whitebit", "eu") + "/oauth2/token")))
    request.httpMethod = "POST"
    request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "content-type")
    request.httpBody = Data("client_id=demo-whitebit&client_secret=demo-whitebit-secret&code=\(code)".utf8)
    let (_, response) = try await URLSession.shared.data(for: request)
    return (response as? HTTPURLResponse)?.statusCode
}

/// What the reader of docs/testing.md has: it begins at the exchange's page, and is told where the browser came back to.
private struct Backend {
    func begin(baseUrl: String) async throws -> String {
        "\(baseUrl)/auth/login?clientId=demo-whitebit&state=s&code_challenge=\(String(repeating: "a", count: 43))"
            + "&code_challenge_method=S256&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcallback%2Fwhitebit"
    }

    func receiveCallback(_ url: String) async throws {
        #expect(url.hasPrefix("http://127.0.0.1:8000/callback/whitebit?code="))
    }
}

private let backend = Backend()

// As docs/testing.md shows it, to the letter.
@Test(.sandbox) func theUserApproves() async throws {
    let sandbox = try Sandbox.current
    let url = try await backend.begin(baseUrl: sandbox.baseUrl("whitebit", "global"))
    try await backend.receiveCallback(sandbox.approve(url, permissions: ["info", "trading"]))
}

@Suite(.sandbox) struct SandboxTraitTests {
    @Test func aUserConnects() async throws {
        let sandbox = try Sandbox.current
        try await sandbox.holdClock(atMs: 1_700_000_000_000)
        #expect(try await exchange(sandbox, sandbox.approve(authorizeUrl(sandbox))) == 200)
        #expect(try await sandbox.requests("token").count == 1)
        #expect(try await sandbox.advanceClock(ms: 300_000) == 1_700_000_300_000)
    }

    @Test(arguments: ["token_expired", "server_error"]) func eachTestHasItsOwn(fault: String) async throws {
        let sandbox = try Sandbox.current
        #expect(try await sandbox.requests().isEmpty)
        try await sandbox.releaseClock()
        #expect(try await sandbox.nowMs() > 1_700_000_300_000)
        try await sandbox.fault(fault == "token_expired" ? "transactions" : "token", fault)
        let status = try await exchange(sandbox, sandbox.approve(authorizeUrl(sandbox)))
        #expect(status == (fault == "token_expired" ? 200 : 500))
    }

    @Test func aUserMayDeclineOrBeRefused() async throws {
        let sandbox = try Sandbox.current
        let url = authorizeUrl(sandbox)
        #expect(try await sandbox.decline(url) == nil)
        try await sandbox.knob("whitebit", "decline_mode", "error")
        #expect(try await sandbox.decline(url)?.contains("error=access_denied") == true)
        try await sandbox.closeWindow(url)
        await #expect(throws: ConsentRefused.self) { _ = try await sandbox.approve(url, otp: "000000") }
        await #expect(throws: SandboxError.self) { try await sandbox.knob("whitebit", "variant", "newest") }
        try await sandbox.userAction("whitebit", "eu", "delete_key")
        try await sandbox.reset()
    }
}

@Test(.sandbox("--clock-held-at-ms=5", allowViolations: true)) func aViolationMayBeWanted() async throws {
    let sandbox = try Sandbox.current
    #expect(try await sandbox.nowMs() == 5)
    await #expect(throws: ConsentRefused.self) { _ = try await sandbox.approve(authorizeUrl(sandbox) + "&prompt=none") }
    #expect(try await sandbox.violations().map(\.field) == ["prompt"])
}

@Test func withoutTheTraitThereIsNone() {
    #expect(throws: SandboxError.self) { try Sandbox.current }
}
