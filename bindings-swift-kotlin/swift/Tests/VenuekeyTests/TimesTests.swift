import Foundation
import Testing
import Venuekey

/// The language's own type beside each number, whatever its unit.
@Suite struct TimesTests {
    @Test func aMomentIsADate() throws {
        let tokens = try Tokens(accessToken: Secret(text: "canary"), expiresAtMs: 1_790_000_000_500)
        #expect(tokens.expiresAt == Date(timeIntervalSince1970: 1_790_000_000.5))
        #expect(tokens.refreshExpiresAt == nil)
        #expect(TrailEntry(atMs: 1_790_000_000_500, what: "begun", code: nil).at == tokens.expiresAt)
        #expect(DealsQuery(fromS: 1_790_000_000).from == Date(timeIntervalSince1970: 1_790_000_000))
    }

    @Test func aLengthOfTimeIsATimeInterval() {
        #expect(BeginOptions(callbackTimeoutS: 90).callbackTimeout == 90)
        #expect(ClockOffset(aheadMs: 5500, uncertaintyMs: 1).ahead == 5.5)
    }
}
