import Foundation
import Testing
@testable import Venuekey

@Suite struct DriveTests {
    @Test func eachStepIsStoredBeforeItIsDone() async throws {
        let connecting = try await Connecting()
        let (store, log) = (connecting.store, Log())
        let replies = Replies(tokenReply, uidReply, keyReply)
        let save: Save = { snapshot in
            await log.add("save \(snapshot.revision) \(snapshot.status)")
            return await store.save(snapshot)
        }
        let send: Send = { request in
            await log.add(request.purpose)
            return try await replies.send(request)
        }
        let done = try await drive(
            try await connecting.step(), send: send, save: save, sleep: connecting.time.sleep,
            clock: connecting.time.clock, onStep: { await log.add(word($0)) })
        guard case .apiKey(let key, _) = done.outcome else { throw Unreplayable("no key") }
        #expect(key.apiSecret.expose() == "canary-secret")
        let course = await log.lines
        #expect(course.prefix(6) == ["save", "save 2 ready", "send", "save 3 inFlight", "exchange_code", "send"])
        #expect(course.suffix(2) == ["save \(done.flow.revision) done", "done"])
        #expect(await replies.sent == ["exchange_code", "read_uid", "fetch_api_key"])
    }

    @Test func aCallbackThatComesTwiceExchangesItsCodeOnce() async throws {
        let connecting = try await Connecting()
        let (first, second) = (try await connecting.step(), try await connecting.step())
        let replies = Replies(tokenReply, uidReply, keyReply)
        async let one = thrown { try await connecting.run(first, replies) }
        async let other = thrown { try await connecting.run(second, replies) }
        let ends = await [one, other]
        let lost = try #require(ends.compactMap { $0 as? VenuekeyError }.first)
        #expect(ends.count { $0 == nil } == 1)
        #expect(lost.code == "superseded")
        #expect(lost.kind == .rejected)
        #expect(lost.flow?.flowId == connecting.pending.flowId)
        #expect(await replies.sent.count { $0 == "exchange_code" } == 1)
    }

    @Test func whatSurelyNeverLeftHasSpentNoCodeAndIsSentLater() async throws {
        let connecting = try await Connecting()
        let replies = Replies(calling: [
            { throw NoResponse("cannot_connect", notSent: true) }, { tokenReply }, { uidReply }, { keyReply },
        ])
        let done = try await connecting.run(try await connecting.step(), replies)
        #expect(done.flow.status == .done)
        #expect(await replies.sent.count { $0 == "exchange_code" } == 2)
    }

    @Test func whatFailedIsThrownAndTheStoredFlowKnowsTheWayOn() async throws {
        let connecting = try await Connecting()
        let down = reply("{}", status: 503)
        let replies = Replies(tokenReply, down, down, down, down, down, down, down, uidReply, keyReply)
        let step = try await connecting.step()
        let caught = await thrown { try await connecting.run(step, replies) }
        let error = try #require(caught as? VenuekeyError)
        guard case .unavailable(let details) = error else { throw error }
        #expect(details.code == "venue_unavailable")
        #expect(details.httpStatus == 503)
        #expect(await replies.sent.count == 8)
        let ended = try await connecting.restored().resume(nowMs: now)
        guard case .failed(let again, let recovery, let flow) = ended else { throw Unreplayable("it ended") }
        #expect(again.code == error.code)
        #expect(recovery == .tryAgain)
        #expect(error.recovery == .tryAgain)
        #expect(error.flow?.revision == flow.revision)
        let done = try await connecting.run(try #require(error.flow).recover(nowMs: connecting.time.clock()), replies)
        guard case .apiKey(let key, _) = done.outcome else { throw Unreplayable("no key") }
        #expect(key.uid == "106000001")
    }

    @Test func noResponseIsToldToTheFlow() async throws {
        let connecting = try await Connecting()
        let step = try await connecting.step()
        let error = await thrown { try await connecting.run(step, Replies(nil)) } as? VenuekeyError
        #expect(error?.code == "outcome_unknown")
        #expect(error?.kind == .reauthorize)
        #expect(try await connecting.restored().status == .failed)
    }

    @Test func anythingElseASenderThrowsGoesThroughAndTheFlowIsInFlight() async throws {
        let connecting = try await Connecting()
        let step = try await connecting.step()
        #expect(await thrown { try await connecting.run(step, Replies()) } is Replies.Unexpected)
        #expect(try await connecting.restored().status == .inFlight)
    }

    @Test func aSaveThatThrowsKeepsTheStep() async throws {
        let connecting = try await Connecting()
        let replies = Replies(tokenReply, uidReply, keyReply)
        let step = try await connecting.step()
        let error = await thrown { try await connecting.run(step, replies, save: { _ in throw StoreDown() }) }
        let failed = try #require(error as? SaveFailed)
        #expect(failed.cause is StoreDown)
        #expect(await replies.sent.isEmpty)
        let done = try await connecting.run(failed.step, replies)
        #expect(done.flow.status == .done)
    }

    @Test func aReplyWhoseSaveThrowsIsInTheError() async throws {
        let connecting = try await Connecting()
        let store = connecting.store
        let replies = Replies(tokenReply, uidReply, keyReply)
        let step = try await connecting.step()
        let save: Save = { snapshot in
            if snapshot.revision == 4 { throw StoreDown() }
            return await store.save(snapshot)
        }
        let error = await thrown { try await connecting.run(step, replies, save: save) }
        let failed = try #require(error as? SaveFailed)
        #expect(failed.step.flow.tokens?.accessToken.expose() == "canary-access")
        try await connecting.run(failed.step, replies)
        #expect(await replies.sent == ["exchange_code", "read_uid", "fetch_api_key"])
    }

    @Test func asksTheUserWhereSomebodyIsThereAndSaysSoWhereNobodyIs() async throws {
        let agent = try bybit(clientId: "ai-agent", redirectUri: "http://127.0.0.1:9876/callback", isPublic: true)
        let connecting = try await Connecting(agent, callbackPath: "/callback")
        let list = reply(
            #"{"retCode": 0, "retMsg": "", "result": {"accounts": [{"sub_member_id": 7, "nickname": "seven"}]}}"#)
        let made = reply(
            #"{"retCode": 0, "result": {"sub_member_id": 7, "api_key": "canary-key", "api_secret": "canary-secret"}}"#)
        let replies = Replies(tokenReply, list, made)
        let step = try await connecting.step()
        let asked = await thrown { try await connecting.run(step, replies) } as? VenuekeyError
        #expect(asked?.code == "choice_required")
        #expect(asked?.kind == .userAction)
        #expect(asked?.flow?.status == .awaitingChoice)

        // In another process, later.
        let again = try await connecting.restored().resume(nowMs: now)
        let done = try await connecting.run(
            again, replies,
            choose: { step in
                #expect(step.subaccounts.map(\.id) == ["7"])
                #expect(step.subaccounts.map(\.nickname) == ["seven"])
                #expect(step.mayCreate)
                return step.subaccounts[0].id
            })
        guard case .apiKey(let key, _) = done.outcome else { throw Unreplayable("no key") }
        #expect(key.subMemberId == "7")
        #expect(await replies.sent.last == "fetch_subaccount_key")
    }
}

struct StoreDown: Error {}

/// A step's name.
func word(_ step: Step) -> String {
    switch step {
    case .send: "send"
    case .save: "save"
    case .wait: "wait"
    case .choose: "choose"
    case .authorize: "authorize"
    case .failed: "failed"
    case .done: "done"
    }
}
