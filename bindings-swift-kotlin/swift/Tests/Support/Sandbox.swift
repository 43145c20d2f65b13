import Foundation
import Testing
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The exchanges' sandbox, whose address the test script gives.
struct Sandbox {
    static let url = ProcessInfo.processInfo.environment["VENUEKEY_SANDBOX_URL"] ?? ""

    static func reset() async throws {
        try await admin("POST", "reset")
    }

    @discardableResult
    static func admin(_ method: String, _ path: String, _ body: String? = nil) async throws -> JSON {
        let (status, data, _) = try await exchange(method, "\(url)/_sandbox/\(path)", body)
        try #require(status == 200, "\(method) \(path): \(String(decoding: data, as: UTF8.self))")
        return try JSON.parse(data)
    }

    /// How many requests an endpoint has had.
    static func asked(_ endpoint: String) async throws -> Int {
        let requests = try await admin("GET", "requests")["requests"]?.array ?? []
        return requests.filter { $0["endpoint"] == .string(endpoint) }.count
    }

    /// Opens the authorize page as a user who agrees; the URL that the browser is sent back to, or the sandbox's own page
    /// that shows a code.
    static func approve(_ authorizeUrl: String, untilCode: Bool = false) async throws -> String {
        let venue = authorizeUrl.contains("/whitebit/") ? "whitebit" : "bybit"
        try await admin("PATCH", "knobs", #"{"\#(venue)": {"user_decision": "approve"}}"#)
        var next = authorizeUrl
        for _ in 0..<5 {
            let (status, _, location) = try await exchange("GET", next, nil)
            let found = try #require(location, "\(status): the consent leads on")
            next = found.hasPrefix("/") ? url + found : found
            if !next.hasPrefix(url) || (untilCode && next.contains("code=")) { return next }
        }
        throw Endless()
    }

    private struct Endless: Error {}

    /// What a GET of this address is answered with.
    static func open(_ url: String) async throws -> Int {
        try await exchange("GET", url, nil).0
    }

    private static func exchange(_ method: String, _ url: String, _ body: String?) async throws -> (Int, Data, String?) {
        var request = URLRequest(url: try #require(URL(string: url)))
        request.httpMethod = method
        if let body {
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "content-type")
        }
        let session = URLSession(configuration: .ephemeral, delegate: Unfollowed(), delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        let reply = try #require(response as? HTTPURLResponse)
        return (reply.statusCode, data, reply.value(forHTTPHeaderField: "location"))
    }
}

private final class Unfollowed: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
