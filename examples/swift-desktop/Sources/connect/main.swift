// Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
//
//     swift run connect                   the browser comes back to this program (loopback redirect)
//     swift run connect --paste           the user copies the code from Bybit's page (a machine without a browser)
//     swift run connect --sandbox URL     against the sandbox instead of Bybit
//     swift run connect --state FOLDER    where the connection is kept
//
// Stopped half-way it goes on where it was, and once connected it is at once.

import Foundation
import Venuekey

func option(_ name: String) -> String? {
    let given = CommandLine.arguments
    return given.firstIndex(of: name).flatMap { $0 + 1 < given.count ? given[$0 + 1] : nil }
}

func connect(store: FileStore, paste: Bool, sandbox: String?) async throws -> Account {
    // Those that Bybit knows.
    for port in 9876...9886 {
        let config = ClientConfig(
            venue: .bybit, environment: .mainnet, clientId: "ai-agent",
            redirectUri: paste ? "https://www.bybit.com/oauth/callback" : "http://127.0.0.1:\(port)/callback",
            authorizeBase: sandbox, apiBase: sandbox)
        do {
            return try await connectLocal(try Client(config: config), store: store, paste: paste)
        } catch let busy as POSIXError where busy.code == .EADDRINUSE && port < 9886 {
            // Another program has it, and nothing was begun.
        }
    }
    fatalError("there is a last port")
}

do {
    let store = FileStore(path: option("--state") ?? "bybit-connection")
    let paste = CommandLine.arguments.contains("--paste")
    let account = try await connect(store: store, paste: paste, sandbox: option("--sandbox"))
    print("Connected:", try await account.call(.get, "/v5/user/query-api").payload)
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
