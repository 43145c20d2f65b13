import Foundation

/// Signals of the process that end a worker, and not the process.
final class Signals {
    private var sources: [any DispatchSourceSignal] = []
    private let numbers: [Int32]

    init(_ numbers: [Int32]) {
        self.numbers = numbers
    }

    func call(_ work: @escaping @Sendable () -> Void) {
        for number in numbers {
            // Else the process has ended before anybody hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: work)
            source.resume()
            sources.append(source)
        }
    }

    func end() {
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
    }
}
