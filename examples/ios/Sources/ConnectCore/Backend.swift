import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// An exchange, in the backend's words.
public enum Exchange: String, Sendable, CaseIterable {
    case whitebit, bybit
}

/// What the backend answers where it refuses.
public struct Refusal: Error, Equatable, Decodable, Sendable {
    public let kind: String
    public let code: String
}

/// How a connection stands, in the backend's words.
public struct Standing: Equatable, Decodable, Sendable {
    /// `working` while the backend is at it.
    public let state: String
    /// For the user.
    public let text: String
}

/// The JSON API of the app's own backend (examples/node-backend, examples/python-backend).
public struct Backend: Sendable {
    /// A connection that the backend has begun.
    public struct Begun: Decodable, Sendable {
        public let flowId: String
        /// To be opened, and written nowhere: it carries `state`.
        public let authorizeUrl: URL
    }

    private struct Accepted: Decodable {
        let flowId: String
    }

    public let publicUrl: URL
    private let vault: any Vault
    private let session: URLSession

    /// `publicUrl` is the backend's origin; the vault keeps its session cookie.
    public init(publicUrl: URL, vault: any Vault) {
        self.publicUrl = publicUrl
        self.vault = vault
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }

    /// Where the exchange sends the browser back to.
    public func callbackUrl(_ exchange: Exchange) -> URL {
        publicUrl.appendingPathComponent("callback").appendingPathComponent(exchange.rawValue)
    }

    public func begin(_ exchange: Exchange, goal: String = "api_key") async throws -> Begun {
        try await ask("POST", "connections", ["venue": exchange.rawValue, "goal": goal])
    }

    /// Carries the callback back. A second time does no harm.
    public func bring(_ exchange: Exchange, callbackUrl: String) async throws {
        let _: Accepted = try await ask(
            "POST", "callbacks", ["venue": exchange.rawValue, "callback_url": callbackUrl])
    }

    /// Hands off what the app itself has begun.
    public func handOff(_ exchange: Exchange, _ text: String) async throws {
        let _: Accepted = try await ask("POST", "hand-offs", ["venue": exchange.rawValue, "hand_off": text])
    }

    public func standings() async throws -> [String: Standing] {
        try await ask("GET", "connections")
    }

    /// Forgets the account, or the connection that the user has given up.
    public func forget(_ exchange: Exchange) async throws {
        _ = try await answer("DELETE", "connections/\(exchange.rawValue)", nil)
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
        if let cookie = try vault.load("session") { request.setValue(cookie, forHTTPHeaderField: "Cookie") }
        let (data, response) = try await session.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        if let cookie = response.value(forHTTPHeaderField: "Set-Cookie") {
            // Its name and value; the rest is for browsers.
            try vault.keep(String(cookie.prefix { $0 != ";" }), as: "session")
        }
        guard (200..<300).contains(response.statusCode) else {
            if let refusal = try? JSONDecoder().decode(Refusal.self, from: data) { throw refusal }
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
