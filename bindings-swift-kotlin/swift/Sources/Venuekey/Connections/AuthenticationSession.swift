#if canImport(AuthenticationServices)
import AuthenticationServices

/// The system's browser session, with its own cookies: the app sees the callback's address and nothing else.
///
/// An https callback takes the redirect URI's host among the app's associated domains (`webcredentials:`).
@available(iOS 17.4, macOS 14.4, *)
@MainActor public final class AuthenticationSession: NSObject, Browser, ASWebAuthenticationPresentationContextProviding {
    private var session: ASWebAuthenticationSession?
    private var waiting: CheckedContinuation<String?, any Error>?

    /// A page that is open already is closed.
    public func open(_ page: Secret, redirectUri: String) async throws -> String? {
        // Exposed to be opened.
        guard let url = URL(string: page.expose()), let back = URL(string: redirectUri), let host = back.host() else {
            throw VenuekeyError.argument("the page and the redirect URI must be addresses")
        }
        return try await withCheckedThrowingContinuation { continuation in
            end(.success(nil))
            waiting = continuation
            let session = ASWebAuthenticationSession(url: url, callback: .https(host: host, path: back.path())) { url, error in
                let isClosed = (error as? ASWebAuthenticationSessionError)?.code == .canceledLogin
                let result: Result<String?, any Error>
                if let error, !isClosed { result = .failure(error) } else { result = .success(url?.absoluteString) }
                Task { @MainActor in self.end(result) }
            }
            session.presentationContextProvider = self
            self.session = session
            if !session.start() { end(.success(nil)) }
        }
    }

    private func end(_ result: Result<String?, any Error>) {
        waiting?.resume(with: result)
        waiting = nil
        session = nil
    }

    public func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor {
        ASPresentationAnchor()
    }
}
#endif
