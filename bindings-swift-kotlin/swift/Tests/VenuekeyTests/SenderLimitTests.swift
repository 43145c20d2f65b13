import Foundation
import Testing
@testable import Venuekey

/// What the sender may take of the machine, and how long, whatever the server does.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SenderLimitTests {
    let send = urlSessionSender()

    /// One that may be sent again, and one that may not.
    func both(_ server: RawServer) throws -> [HttpRequest] {
        let options = SignerOptions(venue: .whitebit, environment: .global, apiBase: server.url)
        let signer = try Signer(options: options, apiKey: Secret(text: "key"), apiSecret: Secret(text: "secret"))
        return [signer.askTime(), try signer.sign(method: .post, path: "/api/v4/order/new", parameters: "{}")]
    }

    @Test func aReplyThatComesByDropsEndsInTime() async throws {
        for head in ["HTTP/1.1 200 OK\r\nx-drops: ", "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"] {
            let server = try RawServer { _ in .drops(after: head) }
            for request in try both(server) {
                #expect(await hurried(server, request, from: 500) == NoResponse("timeout"))
            }
        }
    }

    @Test func aHeaderOfAnyBytesCostsNoReplyWhereURLSessionReadsIt() async throws {
        let reply = Array("HTTP/1.1 200 OK\r\nx-name: ".utf8) + [0xff, 0xfe, 0x85] + Array("\r\ncontent-length: 2\r\n\r\n{}".utf8)
        let server = try RawServer { _ in .bytes(reply) }
        for request in try both(server) {
            #if os(Linux)
            // FoundationNetworking takes a reply for broken whose header is not UTF-8.
            #expect(await thrown { try await send(request) } is NoResponse)
            #else
            #expect(try await send(request).body == Data("{}".utf8))
            #endif
        }
    }

    #if os(Linux)
    @Test func aCompressedReplyIsNotAskedFor() async throws {
        let bomb = try #require(Data(base64Encoded: twiceCompressed, options: .ignoreUnknownCharacters))
        let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\ncontent-length: \(bomb.count)\r\n\r\n"
        let server = try RawServer { _ in .bytes(Array(head.utf8) + bomb) }
        let before = try peakKb()
        for request in try both(server) {
            let body = try? await send(request).body.count
            #expect(body ?? 0 <= constants().maxBodyBytes + 1)
            #expect(server.seen.last!.head.lowercased().contains("accept-encoding: identity"))
        }
        let taken = try peakKb() - before
        // FoundationNetworking inflates as fast as it can and queues what comes of it, however late its delegate is, and has
        // no switch for it: a reply from a hostile server takes what it inflates to, for as long as the queue is long.
        withKnownIssue("FoundationNetworking inflates ahead of its delegate", isIntermittent: true) {
            #expect(taken < 100_000, "\(taken) KB for a reply of 256 MB")
        }
    }

    /// The most memory that this process has ever had.
    private func peakKb() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        return Int(try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }).filter(\.isNumber)) ?? 0
    }

    @Test func tenThousandCallsLeaveNothingBehind() async throws {
        let server = try RawServer { _ in .reply(http("{}")) }
        let request = try both(server)[1]
        for _ in 0..<200 { _ = try await send(request) }
        let before = inUse()
        for _ in 0..<10 {
            for _ in 0..<1_000 { _ = try await send(request) }
            // Other tests run beside this one.
            var now = inUse()
            for _ in 0..<1_000 where now.threads >= before.threads + 200 || now.descriptors >= before.descriptors + 300 {
                try await systemSleep(20)
                now = inUse()
            }
            #expect(now.threads < before.threads + 200, "\(before.threads) threads have become \(now.threads)")
            #expect(now.descriptors < before.descriptors + 300, "\(before.descriptors) descriptors have become \(now.descriptors)")
        }
    }

    private func inUse() -> (threads: Int, descriptors: Int) {
        let count = { (folder: String) in (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0 }
        return (count("/proc/self/task"), count("/proc/self/fd"))
    }
    #endif
}

/// What comes of a request that has little time; more, where a slow machine could not even send it in that.
func hurried(_ server: RawServer, _ request: HttpRequest, from startMs: Int64) async -> NoResponse? {
    var timeoutMs = startMs
    let before = server.seen.count
    while true {
        let exchanges = Exchanges(timeoutMs: { [timeoutMs] _ in timeoutMs })
        let error = await thrown { try await exchanges.send(request) } as? NoResponse
        if server.seen.count > before || timeoutMs > 100_000 { return error }
        timeoutMs *= 2
    }
}

/// 256 MB of zeros, compressed by gzip and once more.
private let twiceCompressed = """
    H4sIAAAAAAACA+3coW5TcRyG4ZZVNIiuCBQCxBRhaqamCRg0gmmyC+ASljVZUJjdxPTUFIa53cE2twsgCEJQZIVW7hLO+zzq6J/658vJ+/LrdLTx
    ZOfH1Xj8/2N19nDxc/p0BAAAAAzc6u50ZzMGjF6tb95/OAQAAACG7mh3NtmOAn8/vXjnHAAAADB4X5aL+fYPgV8nnyfOAQAAAIP3/M/92+0WcL2+
    fPbRPQAAAGDwbgUDAAAAIEUwAAAAAFoEAwAAAKBFMAAAAABiBAMAAACgRTAAAAAAWgQDAAAAoEUwAAAAAGIEAwAAAKBFMAAAAABaBAMAAACgRTAA
    AAAAYgQDAAAAoEUwAAAAAFoEAwAAAKBFMAAAAABiBAMAAACgRTAAAAAAWgQDAAAAoEUwAAAAAGIEAwAAAKBFMAAAAABaBAMAAACgRTAAAAAAYgQD
    AAAAoEUwAAAAAFoEAwAAAKBFMAAAAABiBAMAAACgRTAAAAAAWgQDAAAAoEUwAAAAAGIEAwAAAKBFMAAAAABaBAMAAACgRTAAAAAAYgQDAAAAoEUw
    AAAAAFoEAwAAAKBFMAAAAABiBAMAAACgRTAAAAAAWgQDAAAAoEUwAAAAAGIEAwAAAKBFMAAAAABaBAMAAACgRTAAAAAAYgQDAAAAoEUwAAAAAFoE
    AwAAAKBFMAAAAABiBAMAAACgRTAAAAAAWgQDAAAAoEUwAAAAAGIEAwAAAKBFMAAAAABazpeLvc0WMP+9vjx4MwIAeOT7/rfj2evNc+EfhMX0qkb7
    AwA=
    """
