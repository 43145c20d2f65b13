import Foundation

/// Signals of the process that end a worker, and not the process.
final class Signals {
    private let numbers: [Int32]
    private var sources: [any DispatchSourceSignal] = []

    init(_ numbers: [Int32]) {
        self.numbers = numbers
    }

    func call(_ work: @escaping @Sendable () -> Void) {
        for number in numbers {
            // Apple's systems end the process all the same where nothing else takes the signal.
            let before = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: work)
            // Only then, since Dispatch on Linux has a handler of its own until then.
            source.setCancelHandler { signal(number, before) }
            source.resume()
            sources.append(source)
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }
}
