/// The counter to take from, a count of milliseconds that never goes back, and where it stands. One that a wrong clock has
/// moved further ahead than `furthestMs` would hold up everybody until that time has come: meanwhile all use another,
/// named after where it is.
func inReach(
    _ store: any Store, _ counter: String, floorMs: Int64, nowMs: Int64, furthestMs: Int64
) async throws -> (name: String, lastMs: Int64) {
    var name = counter
    while true {
        let lastMs = try await store.bump(name, floor: floorMs, by: 0)
        if lastMs - nowMs <= furthestMs { return (name, lastMs) }
        name = "\(counter)/\(lastMs)"
    }
}
