// A worker of its own, which does what is due by a clock that stands still, and is killed at one of the things that it does:
//
//     worker STORE SANDBOX NOW_MS POINT
//
// It writes each point that it passes, and at its end `next TIME`. At point 0 it works until SIGTERM, and writes `begins` and
// `ended`.

import Foundation
import Rig
import Venuekey

let given = CommandLine.arguments
guard given.count == 5, let nowMs = Int64(given[3]), let point = Int(given[4]) else { exit(2) }

actor Points {
    private let last: Int
    private var count = 0

    init(last: Int) {
        self.last = last
    }

    func pass(_ what: String) {
        count += 1
        FileHandle.standardOutput.write(Data("\(what)\n".utf8))
        if count == last { kill(getpid(), SIGKILL) }
    }
}

let (points, send) = (Points(last: point), urlSessionSender())
let store = WatchedStore(FileStore(path: given[1])) { await points.pass($0) }
let connections = try Connections(
    clients: try Rig.clients(given[2]), store: store, keys: try Rig.keys(),
    send: { request in
        await points.pass("before send \(request.purpose)")
        let reply = try await send(request)
        await points.pass("after send \(request.purpose)")
        return reply
    },
    onEvent: { await points.pass("event \($0.kind.name)") },
    log: { _, line in
        if point == 0 && line.hasSuffix("begins") { FileHandle.standardOutput.write(Data("begins\n".utf8)) }
    },
    clock: { nowMs })
if point == 0 {
    // Ignored afterwards: it ends by itself.
    signal(SIGTERM, SIG_IGN)
    try await connections.run(signals: [SIGTERM])
    print("ended")
    exit(0)
}
let next = try await connections.runOnce()
print("next", next ?? 0)
