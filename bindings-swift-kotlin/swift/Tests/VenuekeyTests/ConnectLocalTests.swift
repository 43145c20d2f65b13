#if os(macOS) || os(Linux)
import Foundation
import Rig
import Testing
@testable import Venuekey

/// A person at this machine, by a browser of bytes and a clock that somebody moves.
@Suite(.timeLimit(.minutes(10))) struct ConnectLocalTests {
    let store = FileStore(path: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path)
    let nowMs = Locked(now)
    let said = Said()
    let port = freePort()

    /// A connection whose page is open, and what `connectLocal` does then.
    func desk(
        looks: WatchedStore.Looks? = nil, pastes: Bool = false, hasDeadKey: Bool = false,
        ask: @escaping @Sendable () -> String? = { nil }
    ) async throws -> (Connections, String, Loopback?, Task<(any Error)?, Never>) {
        let (nowMs, said) = (nowMs, said)
        let client = try bybit(redirectUri: "http://127.0.0.1:\(port)/cb")
        let connections = try Connections(
            clients: ["local": client], store: looks.map { WatchedStore(store, looks: $0) } ?? store, keys: try Rig.keys(),
            send: Replies(tokenReply, uidReply, keyReply).send, log: { _, _ in }, clock: { nowMs.with { $0 } })
        let id = hasDeadKey ? try await deadKey(connections) : try await begun(connections)
        let loopback = pastes ? nil : try #require(try Loopback(client.redirectUri))
        let desk = Desk(connections: connections, id: id, loopback: loopback, say: { said.add($0) }, ask: ask)
        return (connections, id, loopback, Task { await thrown { try await desk.account() } })
    }

    func begun(_ connections: Connections) async throws -> String {
        try await connections.begin("local", owner: "local", goal: .apiKey).id
    }

    /// Begun again, since the venue knows the key no more.
    func deadKey(_ connections: Connections) async throws -> String {
        let key = ImportedKey(apiKey: Secret(text: "old-key"), apiSecret: Secret(text: "canary-old"), uid: "106000001")
        let id = try await connections.importKey("local", key, owner: "local").id
        let refused = await thrown {
            let signer = try #require(try await connections.rows.loaded(id, .any).signer())
            return try signer.receiveResponse(response: reply(#"{"retCode": 10003, "retMsg": "API key is invalid."}"#))
        }
        let error = try #require(refused as? VenuekeyError)
        _ = try await connections.apply(id, .any) { try $0.keyRefused(error: error, nowMs: $1) }
        return try await connections.reconnect(id).id
    }

    func callback(_ said: String, state: String? = nil) -> String {
        let items = URLComponents(string: said.components(separatedBy: "\n").last ?? "")?.queryItems
        return "/cb?code=canary-code&state=\(state ?? items?.first { $0.name == "state" }?.value ?? "")"
    }

    @Test func cancelledItEndsAndThePortIsFree() async throws {
        let (_, _, loopback, task) = try await desk()
        _ = await said.line { $0.contains("Open this page") }
        task.cancel()
        #expect(await task.value is CancellationError)
        loopback?.close()
        try Loopback("http://127.0.0.1:\(port)/cb")?.close()
    }

    @Test func cancelledWhileThePersonIsAskedItEnds() async throws {
        let isOver = DispatchSemaphore(value: 0)
        let (asks, isAsked) = AsyncStream<Void>.makeStream()
        let (_, _, _, task) = try await desk(
            pastes: true,
            ask: {
                isAsked.yield()
                isOver.wait()
                return nil
            })
        for await _ in asks { break }
        task.cancel()
        #expect(await task.value is CancellationError)
        isOver.signal()
    }

    @Test func anExpiredConsentIsToldAndNotWaitedFor() async throws {
        let (connections, id, loopback, task) = try await desk()
        defer { loopback?.close() }
        _ = await said.line { $0.contains("Open this page") }
        nowMs.with { $0 += 86_400_000 }
        _ = try await connections.runOnce()
        let view = try await connections.status(id)
        #expect(view.authorizeUrl == nil)
        let error = await task.value as? VenuekeyError
        #expect(error != nil && error?.code == view.error?.code ?? "authorization_required")
    }

    @Test func anEndedConnectionIsNoAccount() async throws {
        let (connections, id, loopback, task) = try await desk()
        defer { loopback?.close() }
        _ = await said.line { $0.contains("Open this page") }
        try await connections.disconnect(id)
        _ = try await connections.runOnce()
        #expect(try await connections.status(id).status == .ended)
        let error = await task.value as? VenuekeyError
        #expect(error?.code == "authorization_required" && error?.kind == .userAction)
    }

    @Test func theBrowserIsToldWhatHasBecomeOfItsCallback() async throws {
        let fails = Locked(false)
        let (connections, id, loopback, task) = try await desk(looks: { what in
            if what == "before save", fails.with({ $0 }) { throw StoreError(operation: "save", error: "No space left on device (28)") }
        })
        defer { loopback?.close() }
        let page = await said.line { $0.contains("Open this page") }
        #expect(try await browse(port, "/other?code=c").hasPrefix("HTTP/1.1 404"))
        let foreign = try await browse(port, callback(page, state: "foreign"))
        #expect(foreign.hasPrefix("HTTP/1.1 400") && foreign.contains("still waiting"))
        fails.with { $0 = true }
        #expect(try await browse(port, callback(page)).hasPrefix("HTTP/1.1 503"))
        #expect(try await connections.status(id).status == .awaitingUser)
        fails.with { $0 = false }
        #expect(try await browse(port, callback(page)).hasPrefix("HTTP/1.1 200"))
        #expect(try await connections.status(id).status == .working)
        _ = try await connections.runOnce()
        #expect(await task.value == nil)
    }

    /// While the new consent is worked at, the view still has the old key's error.
    @Test func whatWasWrongWithTheOldKeyEndsNoNewConsent() async throws {
        let (connections, id, loopback, task) = try await desk(hasDeadKey: true)
        defer { loopback?.close() }
        let page = await said.line { $0.contains("Open this page") }
        #expect(try await browse(port, callback(page)).hasPrefix("HTTP/1.1 200"))
        let view = try await connections.status(id)
        #expect(view.status == .working && view.error != nil)
        // So long that it has been looked at.
        for _ in 0..<1000 { await Task.yield() }
        _ = try await connections.runOnce()
        #expect(await task.value == nil)
    }

    @Test func whatIsPastedIsACodeOrAnAddress() async throws {
        let said = said
        let answers = Locked(["", "  ", "/cb?code=canary-code&state=foreign", "canary-code", "whole"])
        let (connections, _, _, task) = try await desk(
            pastes: true,
            ask: {
                let answer = answers.with { $0.isEmpty ? nil : $0.removeFirst() }
                guard answer == "whole" else { return answer }
                let page = said.all.first { $0.contains("Open this page") } ?? ""
                return " http://127.0.0.1:\(port)\(callback(page)) "
            })
        let worker = Task { try await connections.run() }
        #expect(await task.value == nil)
        worker.cancel()
        try await worker.value
        #expect(said.all.filter { $0.contains("still waiting") }.count == 2, "\(said.all)")
    }

    @Test(.enabled(if: hasIPv6)) func itListensWhereTheRedirectURIIs() async throws {
        let loopback = try #require(try Loopback("http://[::1]:\(port)/cb"))
        defer { loopback.close() }
        let asked = Task { try await loopback.next() }
        async let told = browse(port, "/cb?code=c", "Host: [::1]:\(port)", isV6: true)
        try await asked.value.answer(.done)
        #expect(try await told.hasPrefix("HTTP/1.1 200"))
        // The other one is free, and `localhost` is there.
        try Loopback("http://localhost:\(port)/cb")?.close()
    }

    /// A page of another site must not reach it by a name that it has pointed here.
    @Test func anotherHostsPageIsNotHeard() async throws {
        let (connections, id, loopback, task) = try await desk()
        defer { loopback?.close() }
        let page = await said.line { $0.contains("Open this page") }
        for host in ["host: evil.example:\(port)", "host: 127.0.0.1", "x-host: 127.0.0.1:\(port)"] {
            #expect(try await browse(port, callback(page), host).hasPrefix("HTTP/1.1 404"), "\(host)")
            #expect(try await connections.status(id).status == .awaitingUser)
        }
        #expect(try await browse(port, callback(page), "Host: LocalHost:\(port)").hasPrefix("HTTP/1.1 200"))
        _ = try await connections.runOnce()
        #expect(await task.value == nil)
    }
}

/// What a person is told.
final class Said: Sendable {
    private let lines = Locked<[String]>([])
    private let alarm = Alarm()

    func add(_ line: String) {
        lines.with { $0.append(line) }
        alarm.ring()
    }

    var all: [String] { lines.with { $0 } }

    func line(_ isWanted: (String) -> Bool) async -> String {
        while true {
            if let line = lines.with({ $0.first(where: isWanted) }) { return line }
            _ = await alarm.wait(timeoutMs: 1000)
        }
    }
}

/// What a browser is told that asks this machine for the target. It waits in a thread of its own.
private func browse(
    _ port: UInt16, _ target: String, _ host: String? = nil, isV6: Bool = false
) async throws -> String {
    let text = "GET \(target) HTTP/1.1\r\n\(host ?? "Host: 127.0.0.1:\(port)")\r\n\r\n"
    return try await withCheckedThrowingContinuation { told in
        Thread { told.resume(with: Result { try asked(port, text, isV6: isV6) }) }.start()
    }
}

private func asked(_ port: UInt16, _ text: String, isV6: Bool) throws -> String {
    let connection = tcp(isV6 ? AF_INET6 : AF_INET)
    defer { close(connection) }
    let isOpen: Bool
    if isV6 {
        var address = loopbackAddress6(port)
        isOpen = at(&address) { connect(connection, $0, $1) == 0 }
    } else {
        var address = loopbackAddress(port)
        isOpen = at(&address) { connect(connection, $0, $1) == 0 }
    }
    guard isOpen else { throw POSIXError(.ECONNREFUSED) }
    _ = Array(text.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, 0) }
    var reply = Data()
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return String(decoding: reply, as: UTF8.self) }
        reply.append(contentsOf: piece[..<count])
    }
}

private func tcp(_ family: Int32 = AF_INET) -> Int32 {
    #if os(Linux)
    socket(family, Int32(SOCK_STREAM.rawValue), 0)
    #else
    socket(family, SOCK_STREAM, 0)
    #endif
}

private func loopbackAddress(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
}

private func loopbackAddress6(_ port: UInt16) -> sockaddr_in6 {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    inet_pton(AF_INET6, "::1", &address.sin6_addr)
    return address
}

/// As the system's calls take an address.
private func at<Address, T>(_ address: inout Address, _ call: (UnsafeMutablePointer<sockaddr>, socklen_t) -> T) -> T {
    withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<Address>.size)) }
    }
}

/// Not every machine has it.
private let hasIPv6: Bool = {
    let free = tcp(AF_INET6)
    defer { close(free) }
    var address = loopbackAddress6(0)
    return free >= 0 && at(&address) { bind(free, $0, $1) == 0 }
}()

/// Below the numbers that the system gives out by itself: nobody gets it by chance while nobody here has it.
private func freePort() -> UInt16 {
    while true {
        let port = UInt16.random(in: 20_000..<32_768)
        let free = tcp()
        defer { close(free) }
        var address = loopbackAddress(port)
        if at(&address, { bind(free, $0, $1) == 0 }) { return port }
    }
}
#endif
