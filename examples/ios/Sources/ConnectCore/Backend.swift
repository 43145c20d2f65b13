import Foundation
import Venuekey
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// An exchange, in the backend's words.
public enum Exchange: String, Sendable, CaseIterable {
    case whitebit, bybit
}

/// How a connection stands, in the backend's words.
public struct Standing: Equatable, Decodable, Sendable {
    /// `working` while the backend is at it.
    public let state: String
    /// For the user.
    public let text: String
}

/// The JSON API of the app's own backend (examples/node-backend, examples/python-backend).
public struct Backend: AppBackend {
    private struct Begun: Decodable {
        let authorizeUrl: String
    }

    private struct Accepted: Decodable {
        let flowId: String
    }

    public let publicUrl: URL
    private let secrets: any AppSecrets
    private let session: URLSession

    /// `publicUrl` is the backend's origin; the secrets keep its session cookie.
    public init(publicUrl: URL, secrets: any AppSecrets) {
        self.publicUrl = publicUrl
        self.secrets = secrets
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }

    /// Where the exchange sends the browser back to.
    public func callbackUrl(_ exchange: Exchange) -> String {
        publicUrl.appendingPathComponent("callback").appendingPathComponent(exchange.rawValue).absoluteString
    }

    public func begin(_ client: String) async throws -> Secret {
        let begun: Begun = try await ask("POST", "connections", ["venue": client, "goal": "api_key"])
        return Secret(text: begun.authorizeUrl)
    }

    public func receiveCallback(_ client: String, url: String) async throws {
        let _: Accepted = try await ask("POST", "callbacks", ["venue": client, "callback_url": url])
    }

    public func receiveHandOff(_ client: String, handOff: HandOff) async throws {
        // Exposed to be sent, in the body of an authenticated request.
        let _: Accepted = try await ask("POST", "hand-offs", ["venue": client, "hand_off": handOff.expose()])
    }

    public func standings() async throws -> [String: Standing] {
        try await ask("GET", "connections")
    }

    /// The user has given up what was begun; an account that works stays.
    public func forget(_ client: String) async throws {
        _ = try await answer("DELETE", "attempts/\(client)", nil)
    }

    /// Forgets the account, or what is under way.
    public func disconnect(_ client: String) async throws {
        _ = try await answer("DELETE", "connections/\(client)", nil)
    }

    private func ask<T: Decodable>(_ method: String, _ path: String, _ body: [String: String]? = nil) async throws -> T {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(T.self, from: try await answer(method, path, body))
    }

    private func answer(_ method: String, _ path: String, _ body: [String: String]?) async throws -> Data {
        var request = URLRequest(url: publicUrl.appendingPathComponent("api").appendingPathComponent(path))
        request.httpMethod = method
        if let body {
            request.httpBody = try JSONEncoder().encode(body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let cookie = try await secrets.load("session") { request.setValue(cookie, forHTTPHeaderField: "Cookie") }
        let (data, response) = try await session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        if let cookie = response.value(forHTTPHeaderField: "Set-Cookie") {
            // Its name and value; the rest is for browsers.
            try await secrets.save("session", String(cookie.prefix { $0 != ";" }))
        }
        guard (200..<300).contains(response.statusCode) else {
            if let refusal = try? JSONDecoder().decode(BackendRefusal.self, from: data) { throw refusal }
            throw URLError(.badServerResponse)
        }
        return data
    }
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
