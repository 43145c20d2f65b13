#if os(macOS) || os(Linux)
import Foundation

/// Connects an account of the person at this machine and returns it; one that is already connected is returned at once. If
/// the program is stopped, nothing is lost: call it again, and it resumes.
///
/// It listens at the client's redirect URI if that is a loopback address, such as `http://127.0.0.1:9876/callback`; otherwise
/// it asks for the code that the venue shows, or for the address that the browser was sent to.
///
/// - Parameters:
///   - store: where the connection is kept.
///   - keys: seal it; left out, the store's own.
///   - owner: your own name for the person.
///   - paste: always asks, and listens nowhere.
///   - say: shows the person a line; left out, on standard error.
///   - ask: reads the person's answer; nil if nobody is there.
/// - Throws: `VenuekeyError`: why it did not work; call it again once that is fixed. `POSIXError`: the redirect's port is in
///   use, and nothing was begun (`EADDRINUSE`); nobody answers (`ENOTTY`). `CancellationError`: its task was cancelled.
public func connectLocal(
    _ client: Client, store: FileStore, keys: SealingKeys? = nil, goal: Goal = .apiKey, owner: String = "local",
    paste: Bool = false,
    say: @escaping @Sendable (String) -> Void = { FileHandle.standardError.write(Data("\($0)\n".utf8)) },
    ask: @escaping @Sendable () -> String? = { readLine() }
) async throws -> Account {
    let name = "local"
    let sealing: SealingKeys
    if let keys { sealing = keys } else { sealing = try await store.sealingKeys() }
    let connections = try Connections(clients: [name: client], store: store, keys: sealing)
    let goesOn: [ConnectionStatus] = [.connected, .awaitingUser, .working, .needsUser]
    let known = try await connections.find(owner: owner).last { goesOn.contains($0.status) && $0.intent == nil }
    if let known, known.status == .connected { return try await connections.account(known.id) }
    // Before anything is begun: a port that is in use leaves nothing behind.
    let loopback = paste ? nil : try Loopback(client.redirectUri)
    defer { loopback?.close() }
    let begun: ConnectionView
    switch known {
    case nil: begun = try await connections.begin(name, owner: owner, goal: goal)
    case let known? where known.status == .needsUser: begun = try await connections.reconnect(known.id)
    case let known?:
        say("Going on where the program was stopped.")
        begun = known
    }
    let worker = Task { try await connections.run() }
    let result: Result<Account, any Error>
    do {
        let desk = Desk(connections: connections, id: begun.id, loopback: loopback, say: say, ask: ask)
        result = .success(try await desk.account())
    } catch {
        result = .failure(error)
    }
    worker.cancel()
    try await worker.value
    return try result.get()
}

/// A connection and the person in front of it.
struct Desk: Sendable {
    let connections: Connections
    let id: String
    let loopback: Loopback?
    let say: @Sendable (String) -> Void
    let ask: @Sendable () -> String?

    func account() async throws -> Account {
        for try await view in connections.updates(id) {
            if let page = view.authorizeUrl {
                // Exposed to be opened.
                say("Open this page and agree:\n\(page.expose())")
                try await consented(page, view.client)
            } else if let choices = view.choices {
                try await connections.choose(id, accountId: try await chosen(choices))
            } else if view.status == .connected {
                return try await connections.account(id)
            } else if let error = view.error, Desk.isOver(view) {
                throw error
            } else if view.status == .ended {
                throw VenuekeyError.noConsent("the connection has ended: call connectLocal again for another one")
            }
        }
        throw ConnectionNotFound()
    }

    /// Whether its error is about this attempt. While it is worked at, that is still the old credentials'.
    private static func isOver(_ view: ConnectionView) -> Bool {
        [.needsUser, .quarantined, .ended].contains(view.status)
    }

    /// Until the user has agreed, or this page is no longer the one to open: it has expired, or was given up elsewhere.
    private func consented(_ page: Secret, _ client: String) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                if let loopback { try await calledBack(loopback) } else { try await pasted(client) }
            }
            group.addTask {
                for try await view in connections.updates(id) where view.authorizeUrl?.expose() != page.expose() { return }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// What is not this connection's is refused, and the waiting goes on.
    private func calledBack(_ loopback: Loopback) async throws {
        while true {
            let asked = try await loopback.next()
            do {
                try await connections.receiveCallback(id, url: asked.target)
                return asked.answer(.done)
            } catch {
                asked.answer(error is VenuekeyError ? .refused : .unstored)
                guard error is VenuekeyError || error is StoreError || error is StoreBusy else { throw error }
                say("\(error); still waiting")
            }
        }
    }

    /// What the venue's page shows, or where it sent the browser to, although nobody listens there.
    private func pasted(_ client: String) async throws {
        let takesCode = try connections.rows.client(client).takesPastedCode
        let what = takesCode ? "The code from the page, or the address" : "The address"
        while true {
            say("\(what) that the browser was sent to:")
            let text = try await answer().trimmingCharacters(in: .whitespacesAndNewlines)
            if text.isEmpty { continue }
            do {
                if isAddress(text) {
                    try await connections.receiveCallback(id, url: text)
                } else {
                    try await connections.receivePastedCode(id, pasted: text)
                }
                return
            } catch let refused as VenuekeyError where [.rejected, .misuse].contains(refused.kind) {
                say("\(refused); still waiting")
            }
        }
    }

    private func isAddress(_ text: String) -> Bool {
        if text.hasPrefix("/") || text.hasPrefix("?") { return true }
        return text.contains("?") && text.range(of: "^[A-Za-z][A-Za-z0-9+.-]*:", options: .regularExpression) != nil
    }

    /// The person's choice, always: one account is no reason to take it.
    private func chosen(_ choices: Choices) async throws -> String {
        if choices.creationInDoubt { say("A new account was requested, but the reply was lost: it may be in this list.") }
        for (number, account) in choices.subaccounts.enumerated() {
            say("  \(number + 1)  \(account.nickname ?? "account") (\(account.id))")
        }
        if choices.mayCreate { say("  n  create a new account") }
        while true {
            say("Which account?")
            let answer = try await answer()
            if answer == "n" && choices.mayCreate { return constants().createSubaccount }
            if let number = Int(answer), choices.subaccounts.indices.contains(number - 1) {
                return choices.subaccounts[number - 1].id
            }
        }
    }

    /// Asked in a thread of its own, which goes on waiting for the person where this is cancelled.
    private func answer() async throws -> String {
        let ask = ask
        let answer = try await unlessCancelled {
            await withCheckedContinuation { told in Thread { told.resume(returning: ask()) }.start() }
        }
        guard let answer else { throw POSIXError(.ENOTTY) }
        return answer
    }
}
#endif
