/// Snapshots in memory, by compare-and-set; for tests, scripts, a program of one process. Gone with the process.
public actor MemoryStore {
    private var kept: [(flowId: String, snapshot: Snapshot)] = []

    public init() {}

    /// Stores it if the stored revision is the one it follows; `false` if another one won.
    public func save(_ snapshot: Snapshot) -> Bool {
        let place = kept.firstIndex { $0.flowId == snapshot.flowId }
        let revision = place.map { kept[$0].snapshot.revision } ?? 0
        guard revision == snapshot.expectedRevision else { return false }
        if let place {
            kept[place].snapshot = snapshot
        } else {
            kept.append((snapshot.flowId, snapshot))
        }
        return true
    }

    /// The newest snapshot's text, for `Client.restore`; nil if there is none.
    public func load(_ flowId: String) -> String? {
        kept.first { $0.flowId == flowId }?.snapshot.expose()
    }

    /// Forgets the flow; nothing happens if there is none.
    public func delete(_ flowId: String) {
        kept.removeAll { $0.flowId == flowId }
    }

    /// Every flow there is, oldest first.
    public func flowIds() -> [String] {
        kept.map(\.flowId)
    }
}
