/// What an app asks of its own backend, which keeps the connections: a few requests, authenticated as the app's others are.
///
/// Each ends when the backend has answered. It throws `BackendRefusal` if the backend refuses, so that the same is of no use
/// again. Anything else that it throws leaves open whether the backend has heard: it is asked the same again, so it must
/// answer a repeated callback as the first one. venuekey does.
public protocol AppBackend: Sendable {
    /// Begins a connection of the user. Returns the page to open: the view's `authorizeUrl`.
    func begin(_ client: String) async throws -> Secret
    /// The address that the browser was sent to, for `receiveCallback`.
    func receiveCallback(_ client: String, url: String) async throws
    /// For `beginByHandOff`. Asked only where the app begins by itself.
    func receiveHandOff(_ client: String, handOff: HandOff) async throws
    /// The user has given up what was begun, for `cancelAttempt`: an account that works stays, since the app may not know yet
    /// that it does.
    func forget(_ client: String) async throws
}

extension AppBackend {
    public func receiveHandOff(_ client: String, handOff: HandOff) async throws {
        throw VenuekeyError.misuse("not_supported", "this app's backend takes no hand-off")
    }
}

/// The backend has answered, and refuses. It can be decoded from an object with these fields.
public struct BackendRefusal: Error, Equatable, Decodable, Sendable {
    /// The backend's word: of venuekey's `error.code`, or one of its own.
    public let code: String
    /// venuekey's `error.kind`, if the backend tells it.
    public let kind: String?

    public init(code: String, kind: String? = nil) {
        (self.code, self.kind) = (code, kind)
    }
}

/// An attempt to connect that is under way on this device.
public struct PendingAttempt: Equatable, Sendable {
    /// Whether the user is back, and the backend may not know yet: call `resume`. Otherwise the user is at the venue.
    public let hasCallback: Bool
}

/// Shows a page in the system's browser session: on Apple's systems `AuthenticationSession`.
public protocol Browser: Sendable {
    /// Opens the page, and returns the address below `redirectUri` that the browser was sent to; nil if the user closes it before.
    func open(_ page: Secret, redirectUri: String) async throws -> String?
}

/// Connects an account by the app's own backend. The system may end an app at any moment, above all while its user is in the
/// browser: what a later process needs is on the disk before anything is done. At each start look at `pending`, and call
/// `resume`.
///
/// Usually the backend begins, and the app passes the callback on. If the backend can't begin, the app does, by a client
/// without a secret, and the backend gets a hand-off.
public struct BackendConnection: Sendable {
    private let client: String
    private let backend: any AppBackend
    private let way: any Way
    private let turns = OneByOne()
    /// How many attempts the backend has got the callback of.
    private let brought = Locked(0)

    /// The backend begins.
    ///
    /// - Parameters:
    ///   - client: the backend's name for the client.
    ///   - secrets: what keeps each callback until the backend has the true one.
    public init(_ client: String, backend: any AppBackend, secrets: any AppSecrets) {
        (self.client, self.backend) = (client, backend)
        way = ByBackend(client: client, backend: backend, secrets: secrets)
    }

    /// The app begins by `device`, for a venue and goal that a hand-off can carry.
    public init(backend: any AppBackend, device: DeviceConnection) {
        (client, self.backend) = (device.client, backend)
        way = ByDevice(backend: backend, device: device)
    }

    /// The page to open, in the system's browser session. A callback that is kept is brought to the backend first.
    ///
    /// - Throws: `VenuekeyError` with `wrong_state` if the user has consented already, so that there is nothing to open. What
    ///   the backend throws, if it can't be reached: then nothing is begun, and what is kept stays.
    public func begin() async throws -> Secret {
        guard let page = try await begun() else {
            let hint = "the user has consented, and the backend has the callback now: there is nothing to open"
            throw VenuekeyError.misuse("wrong_state", hint)
        }
        return page
    }

    /// The attempt that is under way on this device; nil if there is none.
    public func pending() async throws -> PendingAttempt? {
        try await way.pending()
    }

    /// The browser came back to the redirect URI. It is kept at once, and then brought to the backend, as is what was kept
    /// before it: any app can open this address, and the backend alone knows which callback is the true one. What comes if
    /// nothing is pending is left alone.
    ///
    /// - Returns: whether the backend has it.
    /// - Throws: `BackendRefusal` if it is not this connection's, for one, and the true callback is still waited for;
    ///   `VenuekeyError` likewise, from the app's own client.
    @discardableResult
    public func receiveCallback(_ url: String) async throws -> Bool {
        let before = brought.with { $0 }
        // Not in its turn: the system may end the app while another call waits for the backend.
        guard try await way.keep(url) else { return false }
        return try await turns.run {
            // Another call may have brought it meanwhile. If it was refused then, it is refused once more, for this caller.
            guard try await way.keep(url) else { return brought.with { $0 } != before }
            try await deliver()
            return true
        }
    }

    /// Goes on with what the backend may not have yet. Does nothing if there is nothing.
    public func resume() async throws {
        try await turns.run { if try await way.pending()?.hasCallback == true { try await deliver() } }
    }

    /// The user gives up the attempt that is pending.
    public func cancel() async throws {
        try await turns.run {
            guard try await way.pending() != nil else { return }
            try await way.forget()
            try await backend.forget(client)
        }
    }

    /// From the button to the backend: begins, shows the page, and brings back what the browser was sent to. If the user closes
    /// the browser, the attempt is cancelled. If a callback was kept that the backend takes now, no page is shown.
    ///
    /// - Returns: whether the backend has it.
    @discardableResult
    public func connect(in browser: any Browser, redirectUri: String) async throws -> Bool {
        guard let page = try await begun() else { return true }
        guard let url = try await browser.open(page, redirectUri: redirectUri) else {
            try await cancel()
            return false
        }
        return try await receiveCallback(url)
    }

    private func begun() async throws -> Secret? {
        try await turns.run {
            let page = try await way.begin()
            if page == nil { brought.with { $0 += 1 } }
            return page
        }
    }

    private func deliver() async throws {
        try await way.deliver()
        if try await way.pending() == nil { brought.with { $0 += 1 } }
    }
}

/// Each when the one before it has ended. (An actor lets others in wherever it waits.)
private actor OneByOne {
    private var last: Task<Void, Never>?

    func run<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
        let before = last
        let task = Task {
            // Who is cancelled waits for nobody.
            try await unlessCancelled { await before?.value }
            return try await work()
        }
        last = Task {
            await before?.value
            _ = await task.result
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

private protocol Way: Sendable {
    /// The page to open; nil if the backend has got a callback that was kept.
    func begin() async throws -> Secret?
    func pending() async throws -> PendingAttempt?
    /// Whether it is kept: it is not where no attempt is pending.
    func keep(_ url: String) async throws -> Bool
    func deliver() async throws
    func forget() async throws
}

/// Between what is read of kept callbacks and what is written then, nobody in this process writes.
private let keeping = OneByOne()

private struct ByBackend: Way {
    let client: String
    let backend: any AppBackend
    let secrets: any AppSecrets
    private static let mostKept = 16

    /// There while the attempt is pending: the callbacks' addresses, oldest first, one a line; empty before the first.
    private var name: String { "callback.\(client)" }

    func begin() async throws -> Secret? {
        if try await pending()?.hasCallback == true {
            do {
                try await deliver()
                return nil
            } catch is BackendRefusal {
                // They were of no use.
            }
        }
        let page = try await backend.begin(client)
        // What has come meanwhile stays.
        try await change { $0 ?? [] }
        return page
    }

    func pending() async throws -> PendingAttempt? {
        try await secrets.load(name).map { PendingAttempt(hasCallback: !$0.isEmpty) }
    }

    /// Nothing that is kept is replaced: what comes later may be another app's.
    func keep(_ url: String) async throws -> Bool {
        let url = asLine(url)
        return try await change { kept in
            guard var urls = kept else { return nil }
            if urls.contains(where: url.isIdentical(to:)) { return urls }
            urls.append(url)
            // The first and the newest stay, whoever floods this address.
            if urls.count > ByBackend.mostKept { urls.remove(at: 1) }
            return urls
        } != nil
    }

    /// Until the backend takes one. What it refuses is kept no longer; what it may not have heard of is, and then that is
    /// thrown, since that one may be the true one.
    func deliver() async throws {
        var (missed, refused): ((any Error)?, BackendRefusal?)
        for url in try await kept() ?? [] {
            do {
                try await backend.receiveCallback(client, url: url)
            } catch let refusal as BackendRefusal {
                refused = refusal
                try await change { $0?.filter { !url.isIdentical(to: $0) } }
                continue
            } catch {
                if Task.isCancelled { throw error }
                missed = missed ?? error
                continue
            }
            return try await forget()
        }
        if let error = missed ?? refused { throw error }
    }

    func forget() async throws {
        try await change { _ in nil }
    }

    private func kept() async throws -> [String]? {
        try await secrets.load(name)?.split(separator: "\n").map(String.init)
    }

    /// What is kept then, by what is kept now; nil while nothing is pending. Begun, it is finished, whoever cancels meanwhile.
    @discardableResult
    private func change(_ change: @escaping @Sendable ([String]?) -> [String]?) async throws -> [String]? {
        try await shielded {
            try await keeping.run {
                let before = try await kept()
                let after = change(before)
                if after != before { try await secrets.save(name, after?.joined(separator: "\n")) }
                return after
            }
        }
    }
}

private func asLine(_ url: String) -> String {
    url.unicodeScalars.map { $0 == "\n" ? "%0A" : $0 == "\r" ? "%0D" : String($0) }.joined()
}

private struct ByDevice: Way {
    let backend: any AppBackend
    let device: DeviceConnection

    func begin() async throws -> Secret? {
        guard try await pending()?.hasCallback != true, let page = try await device.connect().authorizeUrl else {
            throw VenuekeyError.misuse("wrong_state", "the user has consented: call resume, or cancel first")
        }
        return page
    }

    func pending() async throws -> PendingAttempt? {
        guard let view = try await device.view(), DeviceConnection.goesOn(view), view.status != .needsUser else { return nil }
        return PendingAttempt(hasCallback: view.status == .working)
    }

    func keep(_ url: String) async throws -> Bool {
        guard try await pending() != nil else { return false }
        if let error = try await device.receiveCallback(url).error { throw error }
        return true
    }

    func deliver() async throws {
        try await device.deliverHandOff { handOff in
            do {
                try await backend.receiveHandOff(device.client, handOff: handOff)
            } catch let refusal as BackendRefusal where refusal.code == "superseded" {
                // The backend has it already: the answer was lost.
            }
        }
    }

    func forget() async throws {
        try await device.disconnect()
        _ = try await device.connections.runOnce()
    }
}
