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
        if request.replay() == .safe { return try await pooled.send(request) }
        let once = Exchanges()
        return try await once.send(request)
    }
}

/// Requests over one session. The session keeps its delegate alive until it is invalidated, hence the two objects.
final class Exchanges: Sendable {
    private let session: URLSession
    private let delegate = ExchangeDelegate()
    private let timeoutMs: @Sendable (HttpRequest) -> Int64

    init(timeoutMs: @escaping @Sendable (HttpRequest) -> Int64 = { $0.timeoutHintMs() }) {
        self.timeoutMs = timeoutMs
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
    guard let url = URL(string: request.url()) else { throw NoResponse("bad_url") }
    var made = URLRequest(url: url)
    made.httpMethod = words[request.method()]
    made.httpBody = request.body()
    made.timeoutInterval = Double(request.timeoutHintMs()) / 1000
    // Exposed to be sent.
    for header in request.headers() { made.setValue(header.value.expose(), forHTTPHeaderField: header.name) }
    // URLSession inflates by itself, whatever it has asked for; the cap is on what comes of it.
    made.setValue("identity", forHTTPHeaderField: "accept-encoding")
    return made
}

private let words: [HttpMethod: String] = [.get: "GET", .post: "POST", .delete: "DELETE"]

/// What is known of each running exchange, by its task.
private final class ExchangeDelegate: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Exchange {
        let continuation: CheckedContinuation<HttpResponse, any Error>
        var body = Data()
    }

    private let lock = NSLock()
    private var running: [Int: Exchange] = [:]

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
        // Cancelled, unless by the caller, it has run out of time. The error's own text may hold the address.
        let isLate = [.cancelled, .timedOut].contains((error as? URLError)?.code)
        end(task, .failure(NoResponse(isLate ? "timeout" : "broken")))
    }
}

/// One more than the cap tells core that it was too large.
private let mostBytes = Int(constants().maxBodyBytes) + 1

private func httpResponse(_ reply: HTTPURLResponse, _ body: Data) throws -> HttpResponse {
    let headers = reply.allHeaderFields.map { Header(name: "\($0.key)", value: Secret(text: "\($0.value)")) }
    return try HttpResponse(status: Int32(clamping: reply.statusCode), body: body, headers: headers)
}
