/// Signs a request, sends it once and reads the reply. `method`, `path`, `parameters` and `nonceMs` are those of
/// `Signer.sign`.
///
/// Cancelled before it sends, it sends nothing; after that it waits for the reply, which takes the request's
/// `timeoutHintMs` at most, 30 seconds, and returns it.
///
/// - Throws: `NoResponse` if the sender did. A request that changes something may have done so: ask the venue (an
///   order, by a client order id of your own) before it is signed again. `VenuekeyError` as `Signer.sign` and
///   `Signer.receiveResponse`.
public func call(
    _ signer: Signer,
    _ method: HttpMethod,
    _ path: String,
    parameters: String = "{}",
    nonceMs: Int64? = nil,
    send: @escaping Send
) async throws -> SignedReply {
    let request = try signer.sign(method: method, path: path, parameters: parameters, nonceMs: nonceMs)
    return try signer.receiveResponse(response: try await sent(request, send))
}

private func sent(_ request: HttpRequest, _ send: @escaping Send) async throws -> HttpResponse {
    try Task.checkCancellation()
    return try await whole(request.replay != .safe) { try await reply(to: request, send) }
}

/// Every page of a read; nothing is fetched ahead. A page that the venue refuses the tokens for is asked for once more
/// with fresh ones. Keep a page's `next?.cursor()` to go on in another process.
///
/// ```swift
/// for try await page in pages(client.readDeals(), send: send, tokens: { refused in
///     try await freshTokens(client, load: load, save: save, send: send, refusedGeneration: refused)
/// }) {
///     if case .deals(let deals) = page.records { print(deals.count) }
/// }
/// ```
///
/// It throws a `VenuekeyError` as `AccountRead.receive` does, and `NoResponse` if the sender did: the same read can be
/// asked for again.
///
/// - Parameter tokens: tokens for the next page; called once a page, and again with the generation that the venue has
///   refused.
public func pages(
    _ read: AccountRead,
    send: @escaping Send,
    tokens: @escaping @Sendable (_ refusedGeneration: Int64?) async throws -> UseTokens
) -> Pages {
    Pages(read: read, page: { try await tokenPage($0, try await tokens(nil), send, tokens, mayAskAgain: true) })
}

/// `pages` with a key: the same lists at the venue's private API, signed. A page whose number the venue refuses is signed
/// again, three times in all.
///
/// - Parameter nonceMs: the number for each request, as for `Signer.sign`, if several workers sign with the key; nil,
///   and left out, is the clock.
public func pages(
    _ read: AccountRead,
    signer: Signer,
    send: @escaping Send,
    nonceMs: @escaping @Sendable () async throws -> Int64? = { nil }
) -> Pages {
    Pages(read: read, page: { try await signedPage($0, signer, send, nonceMs) })
}

private func signedPage(
    _ read: AccountRead,
    _ signer: Signer,
    _ send: @escaping Send,
    _ nonceMs: @Sendable () async throws -> Int64?
) async throws -> Page {
    var tries = 1
    while true {
        let reply = try await sent(try read.sign(signer: signer, nonceMs: try await nonceMs()), send)
        do {
            return try read.receiveSigned(response: reply)
        } catch let error as VenuekeyError where tries < 3 && error.code == "nonce_rejected" {
            // It has had no effect. Its status may be that of a limit.
            if let waitMs = error.details.retryAfterMs { try await systemSleep(waitMs << Int64(tries - 1)) }
            tries += 1
        }
    }
}

private func tokenPage(
    _ read: AccountRead,
    _ use: UseTokens,
    _ send: @escaping Send,
    _ tokens: @Sendable (Int64?) async throws -> UseTokens,
    mayAskAgain: Bool
) async throws -> Page {
    let reply = try await sent(try read.request(tokens: use.tokens), send)
    do {
        return try read.receive(response: reply)
    } catch let error as VenuekeyError where mayAskAgain && error.code == "token_rejected" {
        return try await tokenPage(read, try await tokens(use.generation), send, tokens, mayAskAgain: false)
    }
}

/// See `pages`.
public struct Pages: AsyncSequence, Sendable {
    public typealias Element = Page

    let read: AccountRead
    let page: @Sendable (AccountRead) async throws -> Page

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(following: read, page: page)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var following: AccountRead?
        let page: @Sendable (AccountRead) async throws -> Page

        public mutating func next() async throws -> Page? {
            guard let read = following else { return nil }
            try Task.checkCancellation()
            let next = try await page(read)
            following = next.next
            return next
        }
    }
}

/// A record of a read: `AccountTransaction`, `Convert`, `Order`, `Deal`, `MainBalance` or `SpotBalance`.
public protocol ReadRecord: Sendable {
    /// The reads that bring it.
    static var kind: ReadKind { get }
}

/// Every record of a read, one by one:
/// `for try await deal in try records(Deal.self, client.readDeals(), send: send, tokens: tokens) { … }`. Otherwise as
/// `pages`.
///
/// - Throws: `OtherRecords` if `type` is not what this read brings.
public func records<Record: ReadRecord>(
    _ type: Record.Type,
    _ read: AccountRead,
    send: @escaping Send,
    tokens: @escaping @Sendable (_ refusedGeneration: Int64?) async throws -> UseTokens
) throws -> EachRecord<Record> {
    guard read.kind == Record.kind else { throw OtherRecords(kind: read.kind) }
    return EachRecord(pages: pages(read, send: send, tokens: tokens))
}

/// `records` with a key.
public func records<Record: ReadRecord>(
    _ type: Record.Type,
    _ read: AccountRead,
    signer: Signer,
    send: @escaping Send,
    nonceMs: @escaping @Sendable () async throws -> Int64? = { nil }
) throws -> EachRecord<Record> {
    guard read.kind == Record.kind else { throw OtherRecords(kind: read.kind) }
    return EachRecord(pages: pages(read, signer: signer, send: send, nonceMs: nonceMs))
}

/// See `records`.
public struct EachRecord<Record: ReadRecord>: AsyncSequence, Sendable {
    public typealias Element = Record

    let pages: Pages

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pages: pages.makeAsyncIterator())
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var pages: Pages.AsyncIterator
        var left: ArraySlice<Record> = []

        public mutating func next() async throws -> Record? {
            while left.isEmpty {
                guard let page = try await pages.next() else { return nil }
                left = page.records.all.compactMap { $0 as? Record }[...]
            }
            return left.removeFirst()
        }
    }
}
