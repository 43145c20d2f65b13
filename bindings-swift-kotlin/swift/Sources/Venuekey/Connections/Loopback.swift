#if os(macOS) || os(Linux)
import Foundation

/// The loopback redirect (RFC 8252, 7.3): waits on this machine for the request that brings the code, and answers whatever else
/// comes there with 404.
struct Loopback: Sendable {
    /// What came to the redirect URI. The browser waits for the answer.
    struct Asked: Sendable {
        /// The path and query.
        let target: String
        fileprivate let connection: Int32

        /// Once.
        func answer(_ answer: Answer) {
            Loopback.answer(answer, connection)
        }
    }

    enum Answer: String {
        case done = "200 OK"
        case refused = "400 Bad Request"
        case notHere = "404 Not Found"
        case unstored = "503 Service Unavailable"

        fileprivate var text: String {
            switch self {
            case .done: "You can close this window and go back to the program."
            case .refused: "This address is not the one that the program is waiting for. It is still waiting."
            case .notHere: "Not here."
            case .unstored: "The program could not store this. Reload the page in a moment."
            }
        }
    }

    /// So often is it looked whether somebody still waits.
    private static let lookMs: Int32 = 100
    /// Browsers open connections on which they say nothing.
    private static let silentMs: Int64 = 5_000

    private let listening: Int32
    private let path: String
    private let hosts: Set<String>

    /// nil where the redirect URI is no loopback address. Throws `EADDRINUSE` where another program has the port.
    init?(_ redirectUri: String) throws {
        let parts = URLComponents(string: redirectUri)
        guard let parts, parts.scheme == "http", let port = parts.port.flatMap(UInt16.init(exactly:)) else { return nil }
        path = parts.path
        // By the host too: a page of another site must not reach it by a name that it has pointed here.
        let host = parts.host?.lowercased() ?? ""
        let names = [host, "127.0.0.1", "localhost", "[::1]"]
        hosts = Set(names.flatMap { port == 80 ? [$0, "\($0):80"] : ["\($0):\(port)"] })
        // Whether Foundation leaves the brackets depends on its release.
        let isV6 = ["::1", "[::1]"].contains(host)
        let family = isV6 ? AF_INET6 : AF_INET
        #if os(Linux)
        listening = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listening = socket(family, SOCK_STREAM, 0)
        #endif
        // A program that was stopped may take its port again at once.
        var yes: Int32 = 1
        setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound: Bool
        if isV6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(family)
            address.sin6_port = port.bigEndian
            inet_pton(family, "::1", &address.sin6_addr)
            isBound = binds(listening, to: address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(family)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            isBound = binds(listening, to: address)
        }
        // Who gives a connection up that was seen to come must not hold up this side.
        guard isBound, listen(listening, 4) == 0, fcntl(listening, F_SETFL, O_NONBLOCK) == 0 else {
            let code = POSIXErrorCode(rawValue: errno) ?? .EIO
            close()
            throw POSIXError(code)
        }
    }

    /// The next that comes to the redirect URI. Where its task is cancelled, nothing is taken any more.
    func next() async throws -> Asked {
        let isOver = Locked(false)
        let asked: Asked? = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A thread of its own: it blocks, which the tasks' threads must not.
                Thread { continuation.resume(with: Result { try taken { isOver.with { $0 } } }) }.start()
            }
        } onCancel: {
            isOver.with { $0 = true }
        }
        guard let asked else { throw CancellationError() }
        return asked
    }

    func close() {
        _ = systemClose(listening)
    }

    private func taken(unless isOver: () -> Bool) throws -> Asked? {
        while !isOver() {
            guard isReadable(listening) else { continue }
            let connection = accept(listening, nil, nil)
            // A browser may give a connection up before it is taken.
            if connection < 0, [ECONNABORTED, EINTR, EAGAIN].contains(errno) { continue }
            guard connection >= 0 else { throw POSIXError(.EIO) }
            let lines = head(connection, unless: isOver).components(separatedBy: "\r\n")
            // Nothing is logged: the address holds the code.
            if let target = target(lines) { return Asked(target: target, connection: connection) }
            Loopback.answer(.notHere, connection)
        }
        return nil
    }

    /// The path and query, where the request is for the redirect URI.
    private func target(_ head: [String]) -> String? {
        let words = head[0].split(separator: " ")
        guard words.count == 3, words[0] == "GET" else { return nil }
        let named = head.dropFirst().map { $0.lowercased() }.filter { $0.hasPrefix("host:") }
        guard named.count == 1, hosts.contains(named[0].dropFirst(5).trimmingCharacters(in: .whitespaces)) else { return nil }
        // A venue may put a slash before the question mark.
        let asked = words[1].prefix { $0 != "?" }
        return asked == path || asked == path + "/" ? String(words[1]) : nil
    }

    /// Read whole: a browser that is still sending takes no reply. Empty where it says too little or too much.
    private func head(_ connection: Int32, unless isOver: () -> Bool) -> String {
        let untilMs = uptimeMs() + Loopback.silentMs
        var head = Data()
        var piece = [UInt8](repeating: 0, count: 4096)
        while head.count < 65_536, uptimeMs() < untilMs, !isOver() {
            guard isReadable(connection) else { continue }
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { break }
            head.append(contentsOf: piece[..<count])
            if head.range(of: Data("\r\n\r\n".utf8)) != nil { return String(decoding: head, as: UTF8.self) }
        }
        return ""
    }

    private func isReadable(_ descriptor: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, Loopback.lookMs) > 0
    }

    private static func answer(_ answer: Answer, _ connection: Int32) {
        let text = "\(answer.text)\n"
        let reply = """
            HTTP/1.1 \(answer.rawValue)\r
            content-type: text/plain; charset=utf-8\r
            content-length: \(text.utf8.count)\r
            cache-control: no-store\r
            connection: close\r
            \r
            \(text)
            """
        write(reply, to: connection)
        _ = systemClose(connection)
    }
}

private func binds<Address>(_ descriptor: Int32, to address: Address) -> Bool {
    withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
        }
    }
}

// By another name: a method is called like it.
private func systemClose(_ descriptor: Int32) -> Int32 {
    close(descriptor)
}

/// A browser that has given the connection up must not end the program by SIGPIPE.
private func write(_ reply: String, to connection: Int32) {
    #if os(Linux)
    let flags = Int32(MSG_NOSIGNAL)
    #else
    let flags: Int32 = 0
    var yes: Int32 = 1
    setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
    #endif
    _ = Array(reply.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, flags) }
}
#endif
