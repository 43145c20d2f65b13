import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A `send` for `drive` by URLSession: no redirects, cookies, cache or stored credentials; TLS verified; the body read
/// up to the cap; a request ends after its `timeoutHintMs`.
///
/// What may be sent twice shares a session and its connections. What may not has a session, and so a connection, of its
/// own, because URLSession by itself sends again where a kept connection has died.
public func urlSessionSender() -> Send {
    let pooled = Exchanges()
    return { request in
        if request.replay == .safe { return try await pooled.send(request) }
        let once = Exchanges(isFresh: true)
        return try await once.send(request)
    }
}

/// Requests over one session. The session keeps its delegate alive until it is invalidated, hence the two objects.
final class Exchanges: Sendable {
    private let session: URLSession
    private let delegate: ExchangeDelegate
    private let timeoutMs: @Sendable (HttpRequest) -> Int64

    /// - Parameter isFresh: whether it is for one request, on a connection that nothing has gone over.
    init(isFresh: Bool = false, timeoutMs: @escaping @Sendable (HttpRequest) -> Int64 = { $0.timeoutHintMs }) {
        self.timeoutMs = timeoutMs
        delegate = ExchangeDelegate(isFresh: isFresh)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCredentialStorage = nil
        configuration.httpShouldUsePipelining = false
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    func send(_ request: HttpRequest) async throws -> HttpResponse {
        try Task.checkCancellation()
        let task = session.dataTask(with: try urlRequest(request))
        let deadline = Task {
            try await systemSleep(timeoutMs(request))
            task.cancel()
        }
        defer { deadline.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    delegate.begin(task, continuation)
                    // Cancelled before that, its end may have been told to nobody.
                    if Task.isCancelled { delegate.end(task, .failure(NoResponse("cancelled"))) } else { task.resume() }
                }
            } onCancel: {
                task.cancel()
            }
        } catch {
            try Task.checkCancellation()
            throw error
        }
    }
}

private func urlRequest(_ request: HttpRequest) throws -> URLRequest {
    guard let url = URL(string: request.url) else { throw URLError(.badURL) }
    var made = URLRequest(url: url)
    made.httpMethod = request.method.name
    made.httpBody = request.body
    made.timeoutInterval = Double(request.timeoutHintMs) / 1000
    // Exposed to be sent.
    for header in request.headers { made.setValue(header.value.expose(), forHTTPHeaderField: header.name) }
    // URLSession inflates by itself, whatever it has asked for; the cap is on what comes of it.
    made.setValue("identity", forHTTPHeaderField: "accept-encoding")
    return made
}

/// What is known of each running exchange, by its task.
private final class ExchangeDelegate: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Exchange {
        let continuation: CheckedContinuation<HttpResponse, any Error>
        var body = Data()
    }

    private let isFresh: Bool
    private let lock = NSLock()
    private var running: [Int: Exchange] = [:]

    init(isFresh: Bool) {
        self.isFresh = isFresh
    }

    func begin(_ task: URLSessionTask, _ continuation: CheckedContinuation<HttpResponse, any Error>) {
        lock.withLock { running[task.taskIdentifier] = Exchange(continuation: continuation) }
    }

    func end(_ task: URLSessionTask, _ result: Result<HttpResponse, any Error>) {
        let exchange = lock.withLock { running.removeValue(forKey: task.taskIdentifier) }
        exchange?.continuation.resume(with: result)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isFull = lock.withLock {
            guard let taken = running[dataTask.taskIdentifier]?.body.count else { return false }
            running[dataTask.taskIdentifier]?.body.append(data.prefix(mostBytes - taken))
            return taken + data.count >= mostBytes
        }
        // What is left of a reply that is too large is not waited for.
        if isFull { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let body = lock.withLock { running[task.taskIdentifier]?.body } ?? Data()
        let isWhole = error == nil || body.count == mostBytes
        if isWhole, let reply = task.response as? HTTPURLResponse {
            return end(task, Result { try httpResponse(reply, body) })
        }
        end(task, .failure(noResponse((error as? URLError)?.code)))
    }

    /// In a word: the error's own text may hold the address.
    private func noResponse(_ code: URLError.Code?) -> NoResponse {
        switch code {
        // Cancelled, unless by the caller, it has run out of time.
        case .cancelled, .timedOut: NoResponse("timeout")
        case .cannotFindHost, .dnsLookupFailed: NoResponse("unknown_host", notSent: isFresh)
        case .cannotConnectToHost: NoResponse("cannot_connect", notSent: isFresh)
        case .serverCertificateUntrusted, .serverCertificateHasBadDate, .serverCertificateHasUnknownRoot,
            .serverCertificateNotYetValid:
            NoResponse("tls", notSent: isFresh)
        // In TLS 1.3 a server may refuse a client's certificate once the request is on its way.
        case .secureConnectionFailed: NoResponse("tls")
        default: NoResponse("connection_lost")
        }
    }
}

/// One more than the cap tells core that it was too large.
private let mostBytes = Int(constants().maxBodyBytes) + 1

private func httpResponse(_ reply: HTTPURLResponse, _ body: Data) throws -> HttpResponse {
    let headers = reply.allHeaderFields.map { Header(name: "\($0.key)", value: Secret(text: "\($0.value)")) }
    return try HttpResponse(status: Int32(clamping: reply.statusCode), body: body, headers: headers)
}
