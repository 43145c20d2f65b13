/// Who watches which connections of this process.
final class Changes: Sendable {
    /// No connection has this id.
    static let any = ""

    private let watching = Locked<[String: [ObjectIdentifier: Alarm]]>([:])

    func tell(_ id: String) {
        for alarm in watching.with({ watching in [id, Changes.any].flatMap { watching[$0]?.values.map { $0 } ?? [] } }) { alarm.ring() }
    }

    func watch(_ id: String) -> Watch {
        let watch = Watch(id, self)
        watching.with { $0[id, default: [:]][ObjectIdentifier(watch)] = watch.alarm }
        return watch
    }

    fileprivate func forget(_ id: String, _ watch: ObjectIdentifier) {
        watching.with { watching in
            watching[id]?[watch] = nil
            if watching[id]?.isEmpty == true { watching[id] = nil }
        }
    }
}

/// One who watches; until it goes.
final class Watch: Sendable {
    let alarm = Alarm()
    private let id: String
    private let changes: Changes

    fileprivate init(_ id: String, _ changes: Changes) {
        (self.id, self.changes) = (id, changes)
    }

    deinit {
        changes.forget(id, ObjectIdentifier(self))
    }
}

/// Where a connection stands, again and again; see `Connections.updates`.
public struct ConnectionUpdates: AsyncSequence, Sendable {
    public typealias Element = ConnectionView

    let rows: Rows
    let id: String
    let owner: Owner

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(looks: Looks(rows, watching: id), id: id, owner: owner)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private var looks: Looks
        private let id: String
        private let owner: Owner
        private var last: ConnectionStatus?

        fileprivate init(looks: Looks, id: String, owner: Owner) {
            (self.looks, self.id, self.owner) = (looks, id, owner)
        }

        public mutating func next() async throws -> ConnectionView? {
            if last == .ended { return nil }
            let (rows, id, owner, isKnown) = (looks.rows, id, owner, last != nil)
            let view = try await looks.next {
                do {
                    return try await Look(rows, try await rows.stored(id, owner))
                } catch let error as ConnectionNotFound {
                    // It was there.
                    if isKnown { return nil }
                    throw error
                }
            }
            last = view?.status ?? .ended
            return view
        }
    }
}

/// A view, and the row's revision.
struct Look: Sendable {
    let view: ConnectionView
    fileprivate let mark: Mark

    init(_ rows: Rows, _ stored: Stored) async throws {
        view = try await rows.look(stored)
        mark = Mark(id: view.id, revision: stored.row.revision, status: view.status, noWorker: view.noWorker)
    }

    fileprivate struct Mark: Equatable {
        let id: String
        let revision: Int64
        let status: ConnectionStatus
        let noWorker: Bool
    }
}

/// What a look finds: now, and each time that it is something else.
struct Looks {
    /// What others have saved is seen so soon.
    private static let lookMs: Int64 = 1000

    let rows: Rows
    private let watch: Watch
    private var isFirst = true
    private var last: Look.Mark?

    init(_ rows: Rows, watching id: String) {
        (self.rows, watch) = (rows, rows.changes.watch(id))
    }

    mutating func next(_ look: () async throws -> Look?) async throws -> ConnectionView? {
        while true {
            try Task.checkCancellation()
            let found = try await look()
            if isFirst || found?.mark != last {
                (isFirst, last) = (false, found?.mark)
                return found?.view
            }
            _ = await watch.alarm.wait(timeoutMs: Looks.lookMs)
        }
    }
}
