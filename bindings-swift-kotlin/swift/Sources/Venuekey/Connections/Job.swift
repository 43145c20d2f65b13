/// One driver in somebody's hands.
final class Job: Sendable {
    private struct State: Sendable {
        var driver: ConnectionDriver
        var mistake: (any Error)?
        var isInDoubt = false
        var failedSaves = 0
        var isLeft = false
    }

    private let state: Locked<State>

    init(_ driver: ConnectionDriver) {
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

    /// At the end nobody waits for it any more: it begins nothing then.
    var isLeft: Bool {
        get { state.with { $0.isLeft } }
        set { state.with { $0.isLeft = newValue } }
    }

    /// Whether it is to begin nothing more; asked in its own task.
    var isStopping: Bool {
        Task.isCancelled || mistake != nil
    }

    var hasEnded: Bool {
        [.return, .fail, .stop].contains(driver.action)
    }

    /// Whether a request that may have taken effect is out, or what it brought is in no store.
    var mustGoOn: Bool {
        !hasEnded && driver.mustGoOn
    }
}
