import Foundation
import Testing
@testable import Venuekey

@Suite struct NameTests {
    private func coded<T: Codable & Equatable>(_ value: T) throws -> String {
        let data = try JSONEncoder().encode([value])
        #expect(try JSONDecoder().decode([T].self, from: data) == [value])
        return String(decoding: data.dropFirst().dropLast(), as: UTF8.self)
    }

    private func all<T: Named & Equatable>(_: T.Type) throws -> [String] {
        try T.allCases.map(coded)
    }

    @Test func plainValuesAreCodedByTheirNames() throws {
        #expect(try all(Venue.self) == [#""whitebit""#, #""bybit""#])
        #expect(try all(HttpMethod.self) == [#""GET""#, #""POST""#, #""DELETE""#])
        #expect(try coded(Goal.apiKey) == #""api_key""#)
        #expect(try coded(ErrorKind.userAction) == #""user_action""#)
        #expect(try coded(ErrorKind.protocol) == #""protocol""#)
        #expect(try coded(NonAscii.utf8) == #""utf8""#)
        for names in [
            try all(VenueEnvironment.self), try all(FlowOperation.self), try all(KeyDecision.self), try all(CheckReason.self),
            try all(OrderFilter.self), try all(ReadKind.self), try all(Recovery.self), try all(Replay.self),
            try all(ResponseType.self), try all(LostSecretPolicy.self), try all(TransactionMethod.self),
            try all(TransactionState.self), try all(WaitReason.self), try all(ConnectionStatus.self), try all(EventKind.self),
            try all(Intent.self), try all(KeepAlive.self),
        ] {
            #expect(names.allSatisfy { $0.wholeMatch(of: /"[a-z0-9_]+"/) != nil }, "\(names)")
        }
        #expect(Venue(name: "bybit") == .bybit && Venue(name: "Bybit") == nil)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Venue].self, from: Data(#"["kraken"]"#.utf8)) }
    }

    @Test func aStatusIsCodedWithItsTime() throws {
        #expect(try coded(FlowStatus.inFlight) == #"{"status":"in_flight"}"#)
        for status: FlowStatus in [.awaitingCallback(expiresAtMs: 7), .ready, .awaitingChoice, .waiting(untilMs: 8), .done, .failed] {
            #expect(try coded(status).contains(#""status":"\#(status.name)""#))
        }
        let fields = try JSONEncoder().encode(FlowStatus.waiting(untilMs: 8))
        #expect(try JSONDecoder().decode(JSON.self, from: fields) == ["status": "waiting", "until_ms": .int(8)])
    }
}
