import Foundation
import Testing
@testable import Venuekey

@Suite(.timeLimit(.minutes(10))) struct SenderTests {
    let send = urlSessionSender()

    func signer(_ server: RawServer) throws -> Signer {
        let options = SignerOptions(venue: .whitebit, environment: .global, apiBase: server.url)
        return try Signer(options: options, apiKey: Secret(text: "key"), apiSecret: Secret(text: "secret"))
    }

    /// One that may be sent again, and one that may not.
    func both(_ server: RawServer) throws -> [HttpRequest] {
        [try safe(server), try once(server)]
    }

    func safe(_ server: RawServer) throws -> HttpRequest {
        try signer(server).askTime()
    }

    func once(_ server: RawServer) throws -> HttpRequest {
        try signer(server).sign(method: .post, path: "/api/v4/order/new", parameters: #"{"amount": "1"}"#)
    }

    @Test func whatMayNotBeSentTwiceHasAConnectionOfItsOwn() async throws {
        let server = try RawServer { _ in .reply(http("{}")) }
        let ports = { Set(server.seen.map(\.port)).count }
        // The pool takes a connection back a moment after its reply.
        while ports() == server.seen.count {
            try #require(server.seen.count < 1_000, "the pool is in use")
            #expect(try await send(try safe(server)).status == 200)
        }
        let pool = ports()
        for _ in 0..<2 { #expect(try await send(try once(server)).status == 200) }
        #expect(ports() == pool + 2)
    }

    @Test func aConnectionThatEndsWithoutAByteIsNoResponseAskedForOnce() async throws {
        let server = try RawServer { $0.head.hasPrefix("GET") ? .reply(http("{}")) : .close(after: "") }
        // A kept connection is there, as in a busy program: the request must not go out on it.
        _ = try await send(try safe(server))
        let request = try once(server)
        #expect(request.replay == .never)
        #expect(await thrown { try await send(request) } as? NoResponse == NoResponse("connection_lost"))
        // What would be sent again would be by now.
        _ = try await send(try safe(server))
        #expect(server.seen.count { $0.head.hasPrefix("POST") } == 1)
    }

    @Test func whatFoundNobodyAtHomeHasNotLeft() async throws {
        let requests = try both(try RawServer(isListening: false) { _ in .silence })
        #expect(await thrown { try await send(requests[0]) } as? NoResponse == NoResponse("cannot_connect"))
        #expect(
            await thrown { try await send(requests[1]) } as? NoResponse == NoResponse("cannot_connect", notSent: true))
    }

    @Test func itSendsExactlyWhatIsInTheRequest() async throws {
        let server = try RawServer { _ in .reply(http("{}")) }
        let request = try once(server)
        _ = try await send(request)
        let lines = server.seen[0].head.components(separatedBy: "\r\n")
        #expect(lines[0] == "POST /api/v4/order/new HTTP/1.1")
        for header in request.headers {
            let same = lines.filter { $0.lowercased().hasPrefix("\(header.name):") }
            #expect(same.count == 1 && same[0].hasSuffix(": \(header.value.expose())"), "\(header.name)")
        }
        let names = lines.dropFirst().map { $0.prefix { $0 != ":" }.lowercased() }
        #expect(Set(names).isDisjoint(with: ["cookie", "expect", "authorization"]))
    }

    @Test func aRedirectIsNotFollowedAndCookiesAreNotKept() async throws {
        let headers = "location: /elsewhere\r\nset-cookie: a=canary\r\n"
        let server = try RawServer { _ in .reply(http("moved", status: "302 Found", headers: headers)) }
        for request in try both(server) {
            let reply = try await send(request)
            #expect(reply.status == 302)
            _ = try await send(request)
        }
        #expect(server.seen.count == 4)
        #expect(!server.seen.contains { $0.head.contains("elsewhere") || $0.head.contains("canary") })
    }

    @Test func aBodyIsReadUpToTheCap() async throws {
        let cap = Int(constants().maxBodyBytes)
        let server = try RawServer { _ in .reply(http(String(repeating: "x", count: 3 * cap))) }
        for request in try both(server) {
            #expect(try await send(request).body.count == cap + 1)
        }
    }

    @Test func whatIsLeftOfATooLargeReplyIsNotWaitedFor() async throws {
        let server = try RawServer { _ in .endless }
        // One that waited for the end would come to its deadline, which is no response.
        for request in try both(server) {
            #expect(try await send(request).body.count == Int(constants().maxBodyBytes) + 1)
        }
    }

    @Test func aTornBodyIsNoResponse() async throws {
        let server = try RawServer { _ in .close(after: "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf") }
        for request in try both(server) {
            #expect(await thrown { try await send(request) } is NoResponse)
        }
    }

    @Test func errorsAndEmptyBodiesArrive() async throws {
        let server = try RawServer { _ in .reply(http("", status: "429 Too Many", headers: "retry-after: 7\r\n")) }
        for request in try both(server) {
            let reply = try await send(request)
            #expect(reply.status == 429)
            #expect(reply.body.isEmpty)
        }
    }

    @Test func theReplysHeadersArrive() async throws {
        let server = try RawServer { _ in .reply(http("{}", status: "429 Too Many", headers: "Retry-After: 7\r\n")) }
        let config = ClientConfig(
            venue: .whitebit, environment: .global, clientId: "app-1", redirectUri: redirectUri, apiBase: server.url)
        let read = try Client(config: config).readMainBalances()
        let tokens = try Tokens(accessToken: Secret(text: "access"), expiresAtMs: 0)
        let reply = try await send(try read.request(tokens: tokens))
        let error = await thrown { try read.receive(response: reply) } as? VenuekeyError
        #expect(error?.details.retryAfterMs == 7000)
    }

    @Test func itEndsAfterItsTime() async throws {
        let server = try RawServer { _ in .silence }
        let request = try once(server)
        #expect(await hurried(server, request, from: 200) == NoResponse("timeout"))
    }

    @Test func aCancellationEndsIt() async throws {
        let server = try RawServer { _ in .silence }
        for request in try both(server) {
            let task = Task { await thrown { try await send(request) } }
            while !server.seen.contains(where: { $0.head.hasPrefix("\(request.method)".uppercased()) }) {
                try await Task.sleep(nanoseconds: 5_000_000)
            }
            task.cancel()
            #expect(await task.value is CancellationError)
        }
    }

    @Test func itEndsWheneverItIsCancelled() async throws {
        let server = try RawServer { _ in .silence }
        let requests = try (0..<60).map { try $0.isMultiple(of: 2) ? safe(server) : once(server) }
        let ends = await withTaskGroup(of: Bool.self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask {
                    let task = Task { await thrown { try await send(request) } }
                    if index >= 6 { try? await Task.sleep(nanoseconds: UInt64(index) * 100_000) }
                    task.cancel()
                    return await task.value is CancellationError
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(ends == requests.count)
    }
}
