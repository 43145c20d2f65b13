/// Who watches which connections of this process.
final class Changes: Sendable {
    private let watching = Locked<[String: [ObjectIdentifier: Alarm]]>([:])

    func tell(_ id: String) {
        for alarm in watching.with({ $0[id]?.values.map { $0 } ?? [] }) { alarm.ring() }
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
        AsyncIterator(rows: rows, id: id, owner: owner, watch: rows.changes.watch(id))
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        /// What others have saved is seen so soon.
        private static let lookMs: Int64 = 1000

        let rows: Rows
        let id: String
        let owner: Owner
        let watch: Watch
        private var last: Mark?

        init(rows: Rows, id: String, owner: Owner, watch: Watch) {
            (self.rows, self.id, self.owner, self.watch) = (rows, id, owner, watch)
        }

        public mutating func next() async throws -> ConnectionView? {
            if last?.status == .ended { return nil }
            while true {
                try Task.checkCancellation()
                let stored: Stored
                do {
                    stored = try await rows.stored(id, owner)
                } catch let error as ConnectionNotFound {
                    // It was there.
                    if last != nil { return nil }
                    throw error
                }
                let view = try await rows.look(stored)
                let mark = Mark(revision: stored.row.revision, status: view.status, noWorker: view.noWorker)
                if mark != last {
                    last = mark
                    return view
                }
                _ = await watch.alarm.wait(timeoutMs: AsyncIterator.lookMs)
            }
        }
    }

    private struct Mark: Equatable {
        let revision: Int64
        let status: ConnectionStatus
        let noWorker: Bool
    }
}
