import Foundation

#if os(Linux)
private let stream = Int32(SOCK_STREAM.rawValue)
private let noSignal = Int32(MSG_NOSIGNAL)
#else
private let stream = SOCK_STREAM
private let noSignal: Int32 = 0
#endif

/// A server on loopback that says who asked and how, and answers as it is told: bytes, or nothing at all.
final class RawServer: @unchecked Sendable {
    struct Seen {
        /// The client's port: another one for each connection.
        let port: UInt16
        let head: String
    }

    enum Answer {
        /// The whole reply; the connection stays.
        case reply(String)
        /// These bytes, if any, then the end of the connection.
        case close(after: String)
        /// A body without an end.
        case endless
        /// These bytes; the connection stays.
        case bytes([UInt8])
        /// The beginning of a reply, then a byte now and then, without an end.
        case drops(after: String)
        /// Never anything.
        case silence
    }

    let url: String
    private let lock = NSLock()
    private var requests: [Seen] = []
    private var answer: @Sendable (Seen) -> Answer

    var seen: [Seen] { lock.withLock { requests } }

    /// - Parameter isListening: whether anybody is at home; if not, the port is taken all the same.
    init(isListening: Bool = true, answer: @escaping @Sendable (Seen) -> Answer) throws {
        self.answer = answer
        let listening = socket(AF_INET, stream, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, length) == 0 && (!isListening || listen(listening, 16) == 0)
                    && getsockname(listening, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread { [self] in
            while true {
                var peer = sockaddr_in()
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let connection = withUnsafeMutablePointer(to: &peer) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept(listening, $0, &length) }
                }
                guard connection >= 0 else { return }
                let port = UInt16(bigEndian: peer.sin_port)
                Thread { [self] in serve(connection, port) }.start()
            }
        }.start()
    }

    private func serve(_ connection: Int32, _ port: UInt16) {
        defer { close(connection) }
        while let head = request(connection) {
            let seen = Seen(port: port, head: head)
            lock.withLock { requests.append(seen) }
            switch answer(seen) {
            case .reply(let text): write(connection, text)
            case .close(let text):
                write(connection, text)
                return
            case .endless:
                var isRead = write(connection, "HTTP/1.1 200 OK\r\n\r\n")
                while isRead { isRead = write(connection, String(repeating: "x", count: 65_536)) }
                return
            case .bytes(let bytes): write(connection, bytes)
            case .drops(let text):
                var isRead = write(connection, text)
                while isRead {
                    usleep(10_000)
                    isRead = write(connection, "x")
                }
                return
            case .silence: continue
            }
        }
    }

    /// One request, its body read and left out; nil at the end of the connection.
    private func request(_ connection: Int32) -> String? {
        var bytes = [UInt8]()
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let length = head.lowercased().components(separatedBy: "content-length: ").dropFirst().first
                let expected = Int(length?.prefix { $0.isNumber } ?? "0") ?? 0
                if text[end.upperBound...].utf8.count >= expected { return head }
            }
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes += piece[..<count]
        }
    }

    /// Whether it was taken.
    @discardableResult
    private func write(_ connection: Int32, _ text: String) -> Bool {
        write(connection, Array(text.utf8))
    }

    @discardableResult
    private func write(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress! + sent, bytes.count - sent, noSignal)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

func http(_ body: String, status: String = "200 OK", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
}
