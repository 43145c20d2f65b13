import Foundation

/// Signals of the process that end a worker, and not the process.
final class Signals {
    private let numbers: [Int32]
    private var sources: [any DispatchSourceSignal] = []

    init(_ numbers: [Int32]) {
        self.numbers = numbers
    }

    /// Calls `heard` once each of them is heard: Dispatch takes a moment to begin, and one that comes until then is lost.
    func call(_ work: @escaping @Sendable () -> Void, heard: @escaping @Sendable () -> Void) {
        guard !numbers.isEmpty else { return heard() }
        let left = Locked(numbers.count)
        for number in numbers {
            // Apple's systems end the process all the same where nothing else takes the signal.
            let before = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: work)
            // Only then, since Dispatch on Linux has a handler of its own until then.
            source.setCancelHandler { signal(number, before) }
            source.setRegistrationHandler {
                let isLast = left.with { left in
                    left -= 1
                    return left == 0
                }
                if isLast { heard() }
            }
            source.resume()
            sources.append(source)
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }
}
