// Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
//
//     swift run connect                   the browser comes back to this program (loopback redirect)
//     swift run connect --paste           the user copies the code from Bybit's page (a machine without a browser)
//     swift run connect --sandbox URL     against the sandbox instead of Bybit
//     swift run connect --state FILE      where the flow is kept
//
// The flow is kept in a file meanwhile, so a program that is stopped half-way goes on where it was.

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
let store = FileStore(path: option("--state") ?? "bybit-connection.json")

let base = option("--sandbox")
let config = ClientConfig(
    venue: .bybit, environment: .mainnet, clientId: "ai-agent",
    redirectUri: loopback?.redirectUri ?? "https://www.bybit.com/oauth/callback", authorizeBase: base, apiBase: base)

do {
    let client = try Client(config: config)
    let flow: Flow
    if let stored = store.load() {
        // The redirect URI, port included, must be the one that the flow was begun with.
        flow = try client.restore(text: stored)
        print("Going on where the program was stopped.")
    } else {
        let started = try client.begin(goal: .apiKey)
        flow = started.pending
        _ = try store.save(flow.snapshot())
        // Exposed to be opened.
        print("Open this page and agree:", started.authorizeUrl.expose(), separator: "\n")
    }
    let done = try await drive(
        try await firstStep(flow), send: urlSessionSender(), save: { try store.save($0) }, choose: { ask($0) })
    guard case .apiKey(let key, _) = done.outcome else { stop("Something else than a key came.") }
    // Here it would go into the keychain; only then is the flow forgotten.
    print("Connected:", key, "of account", key.subMemberId ?? "unknown")
    store.forget()
} catch let error as VenuekeyError {
    if hasEnded() { store.forget() }  // the next run begins anew
    stop("\(error)")
}

/// Whether the stored flow has failed for good.
func hasEnded() -> Bool {
    guard let stored = store.load(), let flow = try? Client(config: config).restore(text: stored) else { return false }
    guard case .failed(_, nil, _) = try? flow.resume() else { return false }
    return true
}

func firstStep(_ flow: Flow) async throws -> Step {
    guard case .awaitingCallback = flow.status else { return try flow.resume() }
    if let loopback { return try await loopback.wait(for: flow) }
    print("The code from the page:")
    return try flow.receivePastedCode(pasted: readLine() ?? "")
}

/// The user's choice, always: one account is no reason to take it.
@Sendable func ask(_ step: ChooseStep) -> String {
    if step.creationInDoubt { print("A new account was asked for, and the answer was lost: it may be in this list.") }
    for (number, account) in step.subaccounts.enumerated() {
        print("  \(number + 1)  \(account.nickname ?? "account") (\(account.id))")
    }
    if step.mayCreate { print("  n  make a new account") }
    while true {
        print("Which account?")
        guard let answer = readLine() else { stop("No answer; the flow waits in \(store.path).") }
        if answer == "n" && step.mayCreate { return constants().createSubaccount }
        if let number = Int(answer), step.subaccounts.indices.contains(number - 1) {
            return step.subaccounts[number - 1].id
        }
    }
}
