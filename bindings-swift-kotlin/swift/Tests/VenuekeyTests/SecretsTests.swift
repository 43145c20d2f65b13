import Foundation
import Testing
@testable import Venuekey

/// What holds a secret shows none, however it is shown.
@Suite struct SecretsTests {
    /// Everything a program might show of a value.
    func shown(_ value: Any) -> String {
        var text = "\(value) \([value]) \(["value": value]) \(Optional.some(value) as Any)"
        for subject in [value, [value], ["value": value], Optional.some(value) as Any, (1, value)] as [Any] {
            dump(subject, to: &text)
            debugPrint(subject, to: &text)
            print(subject, to: &text)
        }
        text += String(describing: value) + String(reflecting: value)
        if let value = value as? any CustomStringConvertible { text += value.description }
        if let value = value as? any CustomDebugStringConvertible { text += value.debugDescription }
        if let error = value as? any Error {
            text += error.localizedDescription + "\((error as NSError).userInfo)" + (error as NSError).description
        }
        if let error = value as? any LocalizedError {
            text += "\(error.errorDescription ?? "") \(error.failureReason ?? "") \(error.recoverySuggestion ?? "")"
        }
        text += shownByMirrors(value, depth: 0)
        return text
    }

    /// As a debugger walks through a value.
    func shownByMirrors(_ value: Any, depth: Int) -> String {
        guard depth < 8 else { return "" }
        return Mirror(reflecting: value).children.reduce(into: "") { text, child in
            text += "\(child.label ?? "") \(child.value) " + shownByMirrors(child.value, depth: depth + 1)
        }
    }

    func check(_ values: [Any], _ state: String) {
        for value in values {
            let text = shown(value)
            #expect(!text.contains("canary"), "\(type(of: value))")
            #expect(!text.contains(state), "\(type(of: value))")
            // No address either: it says where in memory to look.
            #expect(!text.contains("handle"), "\(type(of: value))")
        }
    }

    @Test func aWholeFlowStepByStep() async throws {
        let connecting = try await Connecting()
        let (client, seen) = (connecting.client, Collected())
        await seen.add(client, connecting.authorizeUrl, connecting.pending, connecting.pending.snapshot(), connecting.store)
        await seen.add(tokenReply, keyReply, Header(name: "authorization", value: Secret(text: "canary")))
        let step = try await connecting.step()
        let done = try await connecting.run(
            step, Replies(tokenReply, uidReply, keyReply),
            onStep: { step in
                await seen.add(step, step.flow)
                if case .send(let request, _) = step { await seen.add(request, request.headers) }
            })
        guard case .apiKey(let key, let tokens) = done.outcome else { throw Unreplayable("no key") }
        await seen.add(done, done.outcome, key, key.apiKey, key.apiSecret, tokens, tokens.accessToken)
        let shared = try client.shareTokens(tokens: tokens, nowMs: now)
        await seen.add(shared, shared.snapshot(), try shared.plan(nowMs: now), try shared.plan(nowMs: now + 86_400_000))
        let options = SignerOptions(venue: .bybit, environment: .mainnet)
        let signer = try Signer(options: options, apiKey: key.apiKey, apiSecret: key.apiSecret)
        let proof = reply(#"{"retCode": 0, "result": {"userID": 1, "ips": ["canary-address"]}}"#)
        let answer = try signer.receiveResponse(response: reply(#"{"retCode": 0, "result": {"total": "canary-total"}}"#))
        await seen.add(signer, try signer.probe(), try signer.receiveProbe(response: proof), answer)
        let asked = KeyRequest(permissions: ["trade"], passphrase: Secret(text: "canary"))
        await seen.add(asked, BeginOptions(keyRequest: asked))
        await seen.add(SignerOptions(venue: .bybit, environment: .mainnet, passphrase: Secret(text: "canary")))
        let sealing = SealingKey(id: "k1", key: Data("canary-canary-canary-canary-cana".utf8))
        await seen.add(sealing, try SealingKeys(keys: [sealing]), try PublicKeyProbe(key: key, options: options))
        let handed = try await handOff()
        await seen.add(handed)
        let all = await seen.values
        #expect(all.count > 40)
        check(all, connecting.state)
        // And yet it is there to be read.
        #expect(key.apiSecret.expose() == "canary-secret")
        #expect(handed.expose().contains("canary-code"))
    }

    @Test func connectionsWithWhatTheyBringAndWhatDrivesThem() throws {
        let (client, options) = (try bybit(), ConnectOptions(owner: "user-1", clientName: "bybit"))
        let begun = try client.beginConnection(goal: .apiKey, options: options, nowMs: now)
        let page = try #require(begun.authorizeUrl?.expose())
        let state = try #require(URLComponents(string: page)?.queryItems?.first { $0.name == "state" }?.value)
        let kept = ImportedKey(apiKey: Secret(text: "canary-key"), apiSecret: Secret(text: "canary-secret"))
        let keyed = try client.importKey(key: kept, options: options, nowMs: now)
        let held = try Tokens(accessToken: Secret(text: "canary-access"), expiresAtMs: now + 86_400_000)
        let connected = try client.importTokens(tokens: held, options: options, nowMs: now)
        let url = "/cb?code=canary-code&state=\(state)"
        let calledBack = try begun.receiveCallback(url: url, nowMs: now)
        let driver = try ConnectionDriver(connection: calledBack, holder: "worker-1", nowMs: now)
        let sending = try driver.saved(nowMs: now)
        let brought = try sending.response(response: tokenReply, nowMs: now)
        let keys = try SealingKeys(keys: [SealingKey(id: "k1", key: Data("canary-canary-canary-canary-cana".utf8))])
        let row = try keyed.seal(keys: keys)
        let stored = StoredConnection(
            id: row.id, owner: row.owner, client: row.client, revision: row.revision, sealed: row.sealed)
        let opened = try client.openConnection(row: stored, keys: keys, nowMs: now)
        let access = try [begun, keyed, connected].map { try $0.access(nowMs: now) }
        check([begun, begun.text, kept, keyed, connected, driver, sending, brought, brought.connection], state)
        check([row, stored, opened] + access + [opened.events, opened.trail, try #require(sending.request)], state)
        guard case .key(let key) = access[1] else { throw Unreplayable("no key") }
        #expect(key.apiSecret.expose() == "canary-secret")
        #expect("\(keyed)".hasPrefix("Connection(bybit, \(keyed.id), revision 1, "))
    }

    func handOff() async throws -> HandOff {
        let config = ClientConfig(venue: .whitebit, environment: .global, clientId: "app-1", redirectUri: redirectUri)
        let connecting = try await Connecting(try Client(config: config))
        let done = try await connecting.run(try await connecting.step(), Replies())
        guard case .handOff(let handOff) = done.outcome else { throw Unreplayable("no hand-off") }
        return handOff
    }

    @Test func errorsThrownAndCaught() async throws {
        let connecting = try await Connecting()
        let (client, pending) = (connecting.client, connecting.pending)
        let ascii = SignerOptions(venue: .bybit, environment: .mainnet)
        let calls: [() throws -> Any] = [
            { try client.restore(text: #"{"canary": true}"#) },
            { try client.restoreTokens(text: "canary") },
            { try client.resumeRead(cursor: "canary") },
            { try pending.receiveCallback(url: "/cb?code=canary-code&state=canary-state") },
            { try client.begin(goal: .apiKey, entropy: Data("canary".utf8)) },
            { try bybit(redirectUri: "https://user:canary@partner.example/cb") },
            { try Tokens(accessToken: Secret(text: "canary\n"), expiresAtMs: 1) },
            { try Signer(options: ascii, apiKey: Secret(text: "canary\n"), apiSecret: Secret(text: "canary")) },
            { try SealingKeys(keys: [SealingKey(id: "k1", key: Data("canary".utf8))]) },
        ]
        var refused: [any Error] = []
        for call in calls { refused.append(try #require(await thrown(call))) }
        #expect(refused.allSatisfy { $0 is VenuekeyError })

        let denied = "/cb?state=\(connecting.state)&error=access_denied&error_description=canary-words"
        let step = try pending.receiveCallback(url: denied, nowMs: now)
        let failed = try #require(await thrown { try await connecting.run(step, Replies()) } as? VenuekeyError)
        #expect(failed.kind == .denied)
        #expect(failed.details.venueText == "canary-words")

        let other = try await Connecting()
        let callback = try await other.step()
        let store = other.store
        let lost = await thrown {
            try await other.run(
                callback, Replies(tokenReply),
                save: { snapshot in
                    if snapshot.revision == 4 { throw StoreDown() }
                    return await store.save(snapshot)
                })
        }
        let unsaved = try #require(lost as? SaveFailed)
        let tokens = try #require(unsaved.step.flow.tokens)
        let shared = try client.shareTokens(tokens: tokens, nowMs: now)
        let errors: [Any] = refused + [failed, failed.details, unsaved, unsaved.step, NoResponse(), TokensMissing()]
        check(errors + [TokensUnsaved(shared: shared, cause: StoreDown())], connecting.state)
        check([unsaved], other.state)
    }

    @Test func aDescriptionIsOneRedactedLine() async throws {
        let error = try #require(await thrown { try bybit(redirectUri: "ftp://partner.example") } as? VenuekeyError)
        #expect("\(error)" == error.details.message)
        #expect((error as any Error).localizedDescription == error.details.message)
        #expect("\(error)".hasPrefix("invalid_configuration: "))
        #expect("\(Secret(text: "canary"))" == "Secret(…)")
        #expect(Mirror(reflecting: Secret(text: "canary")).children.isEmpty)
    }
}

private actor Collected {
    private(set) var values: [any Sendable] = []

    func add(_ values: any Sendable...) {
        self.values += values
    }
}
