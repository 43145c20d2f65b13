import AuthenticationServices
import ConnectCore

/// The system's browser session, with its own cookies: the app sees the callback's address and nothing else.
@MainActor final class WebSession: NSObject, Browser, ASWebAuthenticationPresentationContextProviding {
    private var session: ASWebAuthenticationSession?
    private var waiting: CheckedContinuation<URL, any Error>?

    func open(_ page: URL, callback: URL) async throws -> URL {
        try await withCheckedThrowingContinuation { continuation in
            end(.failure(BrowserClosed()))
            waiting = continuation
            // An https callback takes iOS 17.4 and the domain among the app's associated domains (webcredentials:).
            let session = ASWebAuthenticationSession(
                url: page, callback: .https(host: callback.host() ?? "", path: callback.path())
            ) { url, error in
                let isClosed = (error as? ASWebAuthenticationSessionError)?.code == .canceledLogin
                let problem: any Error = isClosed ? BrowserClosed() : error ?? BrowserClosed()
                let result: Result<URL, any Error> = url.map { .success($0) } ?? .failure(problem)
                Task { @MainActor in self.end(result) }
            }
            session.presentationContextProvider = self
            self.session = session
            if !session.start() { end(.failure(BrowserClosed())) }
        }
    }

    private func end(_ result: Result<URL, any Error>) {
        waiting?.resume(with: result)
        waiting = nil
        session = nil
    }

    func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor {
        ASPresentationAnchor()
    }
}
