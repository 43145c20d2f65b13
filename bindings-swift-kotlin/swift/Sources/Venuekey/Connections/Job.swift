/// One driver in somebody's hands.
final class Job: Sendable {
    private struct State: Sendable {
        var driver: ConnectionDriver
        var mistake: (any Error)?
        var isInDoubt = false
        var failedSaves = 0
        var isLeft = false
        var leaseUntilMs: Int64?
    }

    /// Its driver's own name, which no other has.
    private let holder: String

    private let state: Locked<State>
    private let ends: @Sendable () -> Bool

    /// - Parameters:
    ///   - holder: as the driver's.
    ///   - ends: whether its worker is to end, which may not have got round to telling it.
    init(_ driver: ConnectionDriver, holder: String, ends: @escaping @Sendable () -> Bool = { false }) {
        (self.holder, self.ends) = (holder, ends)
        state = Locked(State(driver: driver))
    }

    var driver: ConnectionDriver {
        get { state.with { $0.driver } }
        set { state.with { $0.driver = newValue } }
    }

    /// Why the host's own function, `send` say, has failed in a way that it must not.
    var mistake: (any Error)? {
        get { state.with { $0.mistake } }
        set { state.with { $0.mistake = newValue } }
    }

    /// Whether a save has failed, and only the store knows what it has.
    var isInDoubt: Bool {
        get { state.with { $0.isInDoubt } }
        set { state.with { $0.isInDoubt = newValue } }
    }

    /// So many have failed, one after the other.
    var failedSaves: Int {
        get { state.with { $0.failedSaves } }
        set { state.with { $0.failedSaves = newValue } }
    }

    /// Until when the store may hold this driver's lease, which others take for a request that was sent; nil where it does not.
    var leaseUntilMs: Int64? { state.with { $0.leaseUntilMs } }

    /// The store has this, or may have it.
    func learns(_ stored: Connection?) {
        let untilMs = stored.flatMap { $0.leaseHolder == holder ? $0.leaseUntilMs : nil }
        state.with { $0.leaseUntilMs = untilMs }
    }

    /// At the end nobody waits for it any more: it only gives a lease back then.
    var isLeft: Bool {
        get { state.with { $0.isLeft } }
        set { state.with { $0.isLeft = newValue } }
    }

    /// Whether it is to begin nothing more; asked in its own task.
    var isStopping: Bool {
        Task.isCancelled || mistake != nil || ends()
    }

    var hasEnded: Bool {
        [.return, .fail, .stop].contains(driver.action)
    }

    /// Whether a request that may have taken effect is out, or what it brought is in no store.
    var mustGoOn: Bool {
        !hasEnded && driver.mustGoOn
    }
}
