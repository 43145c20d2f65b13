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

let given = CommandLine.arguments

func option(_ name: String) -> String? {
    given.firstIndex(of: name).flatMap { $0 + 1 < given.count ? given[$0 + 1] : nil }
}

func stop(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

// A browser that gives a connection up must not end the program.
signal(SIGPIPE, SIG_IGN)
let loopback = given.contains("--paste") ? nil : Loopback()
if loopback == nil && !given.contains("--paste") {
    stop("The ports 9876 to 9886 are all in use; stop one of those programs, or use --paste.")
}
let base = option("--sandbox")
let config = ClientConfig(
    venue: .bybit, environment: .mainnet, clientId: "ai-agent",
    redirectUri: loopback?.redirectUri ?? "https://www.bybit.com/oauth/callback", authorizeBase: base, apiBase: base)
let store = FileStore(path: option("--state") ?? "bybit-connection")

do {
    let connections = try Connections(
        clients: ["bybit": try Client(config: config)], store: store, keys: try await store.sealingKeys())
    let worker = Task { try await connections.run() }
    let known = try await connections.find(owner: "me").last { $0.status != .ended && $0.intent == nil }
    if known != nil { print("Going on with the connection that is there.") }
    let begun = known == nil ? try await connections.begin("bybit", owner: "me", goal: .apiKey) : known
    guard let id = begun?.id else { stop("Nothing was begun.") }
    for try await view in connections.updates(id) {
        if let page = view.authorizeUrl {
            // Exposed to be opened.
            print("Open this page and agree:", page.expose(), separator: "\n")
            do {
                try await answer(connections, id)
            } catch let refused as VenuekeyError where refused.kind == .rejected {
                stop("\(refused)")
            }
        } else if let choices = view.choices {
            try await connections.choose(id, accountId: ask(choices))
        } else if view.status == .connected {
            let account = try await connections.account(id)
            print("Connected:", try await account.call(.get, "/v5/user/query-api").payload)
            break
        } else if let error = view.error {
            // The next run begins anew.
            try await connections.disconnect(id)
            stop("\(error)")
        }
    }
    worker.cancel()
    try await worker.value
} catch let error as VenuekeyError {
    stop("\(error)")
}

/// What the browser brings back, or what the user has copied. A callback that is not this connection's is refused, and the
/// waiting goes on.
func answer(_ connections: Connections, _ id: String) async throws {
    guard let loopback else {
        print("The code from the page:")
        try await connections.receivePastedCode(id, pasted: readLine() ?? "")
        return
    }
    while true {
        do {
            try await connections.receiveCallback(id, url: try await loopback.next())
            return
        } catch let refused as VenuekeyError where refused.kind == .rejected {
            FileHandle.standardError.write(Data("\(refused); still waiting\n".utf8))
        }
    }
}

/// The user's choice, always: one account is no reason to take it.
func ask(_ choices: Choices) -> String {
    if choices.creationInDoubt { print("A new account was asked for, and the answer was lost: it may be in this list.") }
    for (number, account) in choices.subaccounts.enumerated() {
        print("  \(number + 1)  \(account.nickname ?? "account") (\(account.id))")
    }
    if choices.mayCreate { print("  n  make a new account") }
    while true {
        print("Which account?")
        guard let answer = readLine() else { stop("No answer; the connection waits.") }
        if answer == "n" && choices.mayCreate { return constants().createSubaccount }
        if let number = Int(answer), choices.subaccounts.indices.contains(number - 1) {
            return choices.subaccounts[number - 1].id
        }
    }
}
