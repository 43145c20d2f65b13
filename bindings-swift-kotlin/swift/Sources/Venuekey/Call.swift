/// Signs a request, sends it once and reads the reply. `method`, `path`, `parameters` and `nonceMs` are those of
/// `Signer.sign`.
///
/// - Throws: `NoResponse` where the sender did. A request that changes something may have done so: ask the venue (an
///   order, by a client order id of your own) before it is signed again. `VenuekeyError` as `Signer.sign` and
///   `Signer.read`.
public func call(
    _ signer: Signer,
    _ method: HttpMethod,
    _ path: String,
    parameters: String = "{}",
    nonceMs: Int64? = nil,
    send: @escaping Send
) async throws -> SignedReply {
    let request = try signer.sign(method: method, path: path, parameters: parameters, nonceMs: nonceMs)
    return try signer.read(response: try await send(request))
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
/// It throws a `VenuekeyError` as `AccountRead.receive` does, and `NoResponse` where the sender did: the same read can be
/// asked for again.
///
/// - Parameter tokens: tokens for the next page; called once a page, and again with the generation that the venue has
///   refused.
public func pages(
    _ read: AccountRead,
    send: @escaping Send,
    tokens: @escaping @Sendable (_ refusedGeneration: Int64?) async throws -> UseTokens
) -> Pages {
    Pages(read: read, send: send, tokens: tokens)
}

/// See `pages`.
public struct Pages: AsyncSequence, Sendable {
    public typealias Element = Page

    let read: AccountRead
    let send: Send
    let tokens: @Sendable (Int64?) async throws -> UseTokens

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(following: read, send: send, tokens: tokens)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var following: AccountRead?
        let send: Send
        let tokens: @Sendable (Int64?) async throws -> UseTokens

        public mutating func next() async throws -> Page? {
            guard let read = following else { return nil }
            try Task.checkCancellation()
            let page = try await receive(read, try await tokens(nil), mayAskAgain: true)
            following = page.next
            return page
        }

        private func receive(_ read: AccountRead, _ use: UseTokens, mayAskAgain: Bool) async throws -> Page {
            let reply = try await send(try read.request(tokens: use.tokens))
            do {
                return try read.receive(response: reply)
            } catch let error as VenuekeyError where mayAskAgain && error.code() == "token_rejected" {
                return try await receive(read, try await tokens(use.generation), mayAskAgain: false)
            }
        }
    }
}
