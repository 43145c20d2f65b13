import Foundation

/// Signals of the process that end a worker, and not the process.
final class Signals {
    private let numbers: [Int32]
    private var sources: [any DispatchSourceSignal] = []
    private var before: [(@convention(c) (Int32) -> Void)?] = []

    init(_ numbers: [Int32]) {
        self.numbers = numbers
    }

    func call(_ work: @escaping @Sendable () -> Void) {
        for number in numbers {
            // Else the process has ended before anybody hears of it.
            before.append(signal(number, SIG_IGN))
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: work)
            source.resume()
            sources.append(source)
        }
    }

    /// They are again what they were.
    func end() {
        for source in sources { source.cancel() }
        for (number, handler) in zip(numbers, before) { signal(number, handler) }
    }
}
