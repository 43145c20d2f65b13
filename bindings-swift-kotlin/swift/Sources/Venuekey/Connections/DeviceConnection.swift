/// The one connection that an app's user has by a client of its own, one without a secret: what a screen shows, and what its
/// buttons do. It is a row of `connections`, so it survives the end of the app at any moment; a worker of those does the work.
///
/// What takes a connection throws `ConnectionNotFound` if there is none, and otherwise as the call of the same name of
/// `Connections`.
public actor DeviceConnection {
    nonisolated let connections: Connections
    nonisolated let client: String
    private nonisolated let owner: String
    private let goal: Goal
    private var connecting: Task<ConnectionView, any Error>?

    /// - Parameters:
    ///   - client: the client, by its name.
    ///   - owner: your own name for the user of this device.
    public init(_ connections: Connections, client: String, owner: String = "local", goal: Goal = .apiKey) {
        (self.connections, self.client, self.owner, self.goal) = (connections, client, owner, goal)
    }

    /// Where it stands; nil if nothing was begun, or it has ended more than a day ago. One that has ended may name a key that is
    /// left.
    public nonisolated func view() async throws -> ConnectionView? {
        try await look()?.view
    }

    /// `view`, now and each time that it changes. What this process saves is seen at once, what others save within a second.
    public nonisolated func updates() -> DeviceUpdates {
        DeviceUpdates(device: self)
    }

    /// The button "Connect": begins, or goes on with what there is. Then open the view's `authorizeUrl`, the same one again
    /// while the consent is open. A connection that works is left as it is, and so is one whose user has to
    /// choose an account.
    ///
    /// - Parameter options: as of `Client.begin`.
    @discardableResult
    public func connect(options: BeginOptions? = nil) async throws -> ConnectionView {
        // Pressed twice, it begins once.
        let task = connecting ?? Task { try await connected(options) }
        connecting = task
        defer { connecting = nil }
        return try await task.value
    }

    /// The browser came back to the redirect URI.
    @discardableResult
    public nonisolated func receiveCallback(_ url: String) async throws -> ConnectionView {
        try await connections.receiveCallback(try await id(), url: url, owner: .user(owner))
    }

    /// The code that the user has copied from the venue's page.
    @discardableResult
    public nonisolated func receivePastedCode(_ pasted: String) async throws -> ConnectionView {
        try await connections.receivePastedCode(try await id(), pasted: pasted, owner: .user(owner))
    }

    /// The user's choice: one of the view's `choices.subaccounts`, or `constants().createSubaccount`.
    @discardableResult
    public nonisolated func choose(_ accountId: String) async throws -> ConnectionView {
        try await connections.choose(try await id(), accountId: accountId, owner: .user(owner))
    }

    /// Goes on after a failure whose view has a `recovery`.
    @discardableResult
    public nonisolated func recover() async throws -> ConnectionView {
        try await connections.recover(try await id(), owner: .user(owner))
    }

    /// Calls off the attempt to connect; an account that works stays.
    @discardableResult
    public nonisolated func cancelAttempt() async throws -> ConnectionView {
        try await connections.cancelAttempt(try await id(), owner: .user(owner))
    }

    /// Ends it, once nothing is in flight.
    @discardableResult
    public nonisolated func disconnect(deleteKey: Bool = false) async throws -> ConnectionView {
        try await connections.disconnect(try await id(), owner: .user(owner), deleteKey: deleteKey)
    }

    /// A session with the account.
    public nonisolated func account() async throws -> Account {
        try await connections.account(try await id(), owner: .user(owner))
    }

    /// Gives the connection's hand-off to `send`, if it has one, and ends it then: it is the backend's. `send` returns once the
    /// backend has confirmed that it has the hand-off, or that it has had it before. If it throws, the hand-off stays: call
    /// this again, at the next start too.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public nonisolated func deliverHandOff(_ send: (HandOff) async throws -> Void) async throws -> Bool {
        guard let view = try await view(), DeviceConnection.goesOn(view),
            let handOff = try await connections.handOff(view.id, owner: .user(owner))
        else { return false }
        try await send(handOff)
        try await connections.handedOff(view.id, handOff, owner: .user(owner))
        return true
    }

    /// Neither over nor about to be.
    static func goesOn(_ view: ConnectionView) -> Bool {
        [.awaitingUser, .working, .connected, .needsUser].contains(view.status) && view.intent == nil
    }

    nonisolated func look() async throws -> Look? {
        let rows = connections.rows
        var found: [Look] = []
        for stored in try await rows.store.find(owner: owner) where stored.row.client == client {
            found.append(try await Look(rows, stored))
        }
        func rank(_ view: ConnectionView) -> (Int, Int, Int64) {
            (DeviceConnection.goesOn(view) ? 1 : 0, view.status == .ended ? 0 : 1, view.begunAtMs ?? 0)
        }
        return found.max { rank($0.view) < rank($1.view) }
    }

    private func connected(_ options: BeginOptions?) async throws -> ConnectionView {
        guard let known = try await view(), DeviceConnection.goesOn(known) else {
            return try await connections.begin(client, owner: owner, goal: goal, options: options)
        }
        // While an account is chosen, an error is that of the credentials before.
        if known.choices != nil || (known.error == nil && known.status == .connected) { return known }
        // Changes nothing while a consent is open, and while a worker is busy.
        return try await connections.reconnect(known.id, owner: .user(owner), options: options)
    }

    private nonisolated func id() async throws -> String {
        guard let id = try await view()?.id else { throw ConnectionNotFound("nothing was begun on this device") }
        return id
    }
}

/// Where a device's connection stands, again and again; see `DeviceConnection.updates`.
public struct DeviceUpdates: AsyncSequence, Sendable {
    public typealias Element = ConnectionView?

    let device: DeviceConnection

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(device: device, looks: Looks(device.connections.rows, watching: Changes.any))
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let device: DeviceConnection
        var looks: Looks

        public mutating func next() async throws -> ConnectionView?? {
            .some(try await looks.next { try await device.look() })
        }
    }
}
