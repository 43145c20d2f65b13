import Foundation
import Testing
@testable import Venuekey

@Suite struct ReplayTests {
    let folder = ProcessInfo.processInfo.environment["VENUEKEY_VECTORS"] ?? "../../tests/vectors"

    func read(_ name: String) throws -> JSON {
        let file = try String(contentsOfFile: "\(folder)/\(name).json", encoding: .utf8)
        return try JSON.parse(Data(try withTexts(file).utf8))
    }

    @Test func everyCaseOfTheCorpus() async throws {
        let manifest = try read("manifest")
        let names = manifest.strings("cases")
        var replayed: Int64 = 0
        for name in names {
            do {
                try await replay(name, try read(name))
                replayed += 1
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
        #expect(replayed == manifest["count"]?.int)
        #expect(replayed > 1000)
    }

    @Test func everyErrorCode() throws {
        let known = errorCodes().map { JSON.object(["code": .string($0.code), "kind": json($0.kind)]) }
        let listed = try read("errors")
        #expect(listed["errors"] == .array(known))
        do {
            _ = try SealingKeys(keys: [])
            Issue.record("there are no keys in there")
        } catch let refused as VenuekeyError {
            #expect(listed["doc_url"]?.string?.replacingOccurrences(of: "{code}", with: refused.code) == refused.docUrl)
        }
    }
}
