#if os(macOS) || os(Linux)
import Foundation

/// The loopback redirect (RFC 8252, 7.3): waits on this machine for the request that brings the code, and answers whatever else
/// comes there with 404.
struct Loopback: Sendable {
    private let listening: Int32
    private let path: String

    /// nil where the redirect URI is no loopback address. Throws `EADDRINUSE` where another program has the port.
    init?(_ redirectUri: String) throws {
        let parts = URLComponents(string: redirectUri)
        guard let parts, parts.scheme == "http", let port = parts.port.flatMap(UInt16.init(exactly:)) else { return nil }
        path = parts.path
        #if os(Linux)
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        listening = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        // A program that was stopped may take its port again at once.
        var yes: Int32 = 1
        setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(listening, 4) == 0 else {
            let code = POSIXErrorCode(rawValue: errno) ?? .EIO
            close()
            throw POSIXError(code)
        }
    }

    /// The path and query that the browser brought.
    func next() async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: it blocks, which the tasks' threads must not.
            Thread { continuation.resume(with: Result { try callback() }) }.start()
        }
    }

    func close() {
        _ = systemClose(listening)
    }

    private func callback() throws -> String {
        while true {
            let connection = accept(listening, nil, nil)
            // A browser may give a connection up before it is taken.
            if connection < 0, [ECONNABORTED, EINTR].contains(errno) { continue }
            guard connection >= 0 else { throw POSIXError(.EIO) }
            defer { _ = systemClose(connection) }
            let words = firstLine(connection).split(separator: " ")
            // A venue may put a slash before the question mark.
            let asked = words.count == 3 ? String(words[1].prefix { $0 != "?" }) : ""
            let isCallback = words.first == "GET" && (asked == path || asked == path + "/")
            let text = isCallback ? "You can close this window and go back to the program.\n" : "Not here.\n"
            let reply = """
                HTTP/1.1 \(isCallback ? "200 OK" : "404 Not Found")\r
                content-type: text/plain; charset=utf-8\r
                content-length: \(text.utf8.count)\r
                cache-control: no-store\r
                connection: close\r
                \r
                \(text)
                """
            write(reply, to: connection)
            // Nothing is logged: the address holds the code.
            if isCallback { return String(words[1]) }
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

/// Of the request's head, which is read whole: a browser that is still sending takes no reply.
private func firstLine(_ connection: Int32) -> String {
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var head = Data()
    var piece = [UInt8](repeating: 0, count: 4096)
    while head.count < 65_536, head.range(of: Data("\r\n\r\n".utf8)) == nil {
        let count = recv(connection, &piece, piece.count, 0)
        guard count > 0 else { return "" }
        head.append(contentsOf: piece[..<count])
    }
    return String(decoding: head.prefix { $0 != 13 }, as: UTF8.self)
}
#endif
