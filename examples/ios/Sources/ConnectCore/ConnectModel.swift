import Foundation
import Observation

/// The system's browser session: on a device ASWebAuthenticationSession.
public protocol Browser: Sendable {
    /// Opens the page and waits until the browser is sent to the callback's address; throws `BrowserClosed` where the user
    /// closes it before.
    @MainActor func open(_ page: URL, callback: URL) async throws -> URL
}

public struct BrowserClosed: Error {
    public init() {}
}

/// What the screen shows of one exchange, and what its buttons do. The backend begins the connection and holds every
/// secret of it; the app opens a page and carries the callback back.
@MainActor @Observable public final class ConnectModel {
    /// The newest the backend has said.
    public private(set) var standing: Standing?
    /// Why the last button did not do it, in the backend's words.
    public private(set) var refusal: Refusal?
    public private(set) var isWorking = false

    private let exchange: Exchange
    private let backend: Backend
    private let browser: any Browser
    private let vault: any Vault
    private let pollMs: UInt64

    public init(
        _ exchange: Exchange, backend: Backend, browser: any Browser, vault: any Vault, pollMs: UInt64 = 1000
    ) {
        self.exchange = exchange
        self.backend = backend
        self.browser = browser
        self.vault = vault
        self.pollMs = pollMs
    }

    /// The connect button. Throws where the backend can't be reached.
    public func connect() async throws {
        try await work {
            let begun = try await backend.begin(exchange)
            do {
                let callback = try await browser.open(begun.authorizeUrl, callback: backend.callbackUrl(exchange))
                // Kept until the backend has it: the system may end the app now, and the code comes once.
                try vault.keep(callback.absoluteString, as: kept)
            } catch is BrowserClosed {
                try await backend.forget(exchange)
                return
            }
            try await bring()
        }
    }

    /// When the app appears: takes up what it was ended in, and asks how things stand.
    public func appear() async throws {
        try await work { try await bring() }
    }

    /// The disconnect button.
    public func forget() async throws {
        try await work { try await backend.forget(exchange) }
    }

    private var kept: String { "callback.\(exchange.rawValue)" }

    private func bring() async throws {
        guard let callback = try vault.load(kept) else { return }
        // Where nobody answers it stays for the next time; a refused one is of no use any more.
        do {
            try await backend.bring(exchange, callbackUrl: callback)
            try vault.forget(kept)
        } catch let refusal as Refusal {
            try vault.forget(kept)
            throw refusal
        }
    }

    private func work(_ whatever: () async throws -> Void) async throws {
        guard !isWorking else { return }
        isWorking = true
        refusal = nil
        defer { isWorking = false }
        do {
            try await whatever()
        } catch let refused as Refusal where refused.code != "superseded" {
            refusal = refused
        } catch is Refusal {
            // Another one of this user is in full swing: show how it goes.
        }
        repeat {
            standing = try await backend.standings()[exchange.rawValue]
            guard standing?.state == "working" else { return }
            try await Task.sleep(nanoseconds: pollMs * 1_000_000)
        } while true
    }
}
