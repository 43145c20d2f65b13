import Foundation
import Rig
import Testing
@testable import Venuekey

/// What a session makes of a key's refusal and of a sender that gives up, by a venue that answers each purpose.
@Suite(.timeLimit(.minutes(10))) struct AccountTests {
    let rig = ConnectionTests()
    let signed = Locked<@Sendable () async throws -> HttpResponse>({ throw NoResponse() })
    static let refused = reply(#"{"retCode": 10003, "retMsg": "API key is invalid."}"#)

    func send(_ request: HttpRequest) async throws -> HttpResponse {
        switch request.purpose {
        case "exchange_code": tokenReply
        case "read_uid": uidReply
        case "fetch_api_key": keyReply
        case "list_subaccounts":
            reply(#"{"retCode": 0, "result": {"accounts": [{"sub_member_id": 200001, "nickname": "bot-1"}]}}"#)
        case "signed_request": try await signed.with { $0 }()
        default: throw NoResponse()
        }
    }

    func imported(_ connections: Connections, _ client: String = "main") async throws -> Account {
        let key = ImportedKey(apiKey: Secret(text: "canary-old"), apiSecret: Secret(text: "canary-old-secret"), uid: "106000001")
        let view = try await connections.importKey(client, key, owner: "local")
        return try await connections.account(view.id)
    }

    func callback(_ view: ConnectionView, _ path: String = "/cb") -> String {
        let items = URLComponents(string: view.authorizeUrl?.expose() ?? "")?.queryItems
        return "\(path)?code=canary-code&state=\(items?.first { $0.name == "state" }?.value ?? "")"
    }

    @Test func aLateRefusalOfTheOldKeyLeavesTheNewOne() async throws {
        let connections = try rig.connections(send)
        let account = try await imported(connections)
        signed.with {
            $0 = {
                // In flight with the old key: the user connects again, and a worker brings the new one.
                let view = try await connections.reconnect(account.id)
                try await connections.receiveCallback(account.id, url: callback(view))
                _ = try await connections.runOnce()
                return AccountTests.refused
            }
        }
        let before = try await account.view()
        let error = await thrown { try await account.call(.get, "/v5/user/query-api") } as? VenuekeyError
        #expect(error != nil)
        let after = try await account.view()
        #expect(after.status == .connected && after.error == nil, "\(String(describing: after.error))")
        #expect(after.key?.ending != before.key?.ending)
        // A refusal of the key that it has is learned.
        signed.with { $0 = { AccountTests.refused } }
        _ = await thrown { try await account.call(.get, "/v5/user/query-api") }
        #expect(try await account.view().status == .needsUser)
    }

    /// Bytes may have left, whoever gave up.
    @Test(arguments: [HttpMethod.get, .post]) func aSendersOwnCancellationIsNoReply(_ method: HttpMethod) async throws {
        let account = try await imported(try rig.connections(send))
        signed.with { $0 = { throw CancellationError() } }
        let path = method == .get ? "/v5/user/query-api" : "/v5/order/create"
        await #expect(throws: NoResponse("cancelled")) { try await account.call(method, path) }
        let options = SignerOptions(venue: .bybit, environment: .mainnet)
        let signer = try Signer(options: options, apiKey: Secret(text: "key"), apiSecret: Secret(text: "canary-secret"))
        await #expect(throws: NoResponse("cancelled")) {
            try await call(signer, method, path, send: { _ in throw CancellationError() })
        }
    }

    /// The error is the old credential's, which works no more.
    @Test func aChoiceBehindADeadKeyStays() async throws {
        let agent = try bybit(clientId: "ai-agent", redirectUri: "http://127.0.0.1:9876/callback", isPublic: true)
        let connections = try rig.connections(send, clients: ["agent": agent])
        let account = try await imported(connections, "agent")
        signed.with { $0 = { AccountTests.refused } }
        _ = await thrown { try await account.call(.get, "/v5/user/query-api") }
        let device = DeviceConnection(connections, client: "agent")
        #expect(try await device.view()?.status == .needsUser)
        try await device.receiveCallback(callback(try await device.connect(), "/callback"))
        _ = try await connections.runOnce()
        let view = try #require(try await device.view())
        #expect(view.choices != nil && view.error != nil)
        let again = try await device.connect()
        #expect(again.choices?.subaccounts.map(\.id) == ["200001"] && again.authorizeUrl == nil)
    }
}
