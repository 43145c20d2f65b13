import Foundation
import Venuekey

/// What the tests of connections and their other processes are made of.
public enum Rig {
    /// A server's clients at the sandbox, and Bybit's AI agent, which has no secret.
    public static func clients(_ sandbox: String) throws -> [String: Client] {
        [
            "whitebit": try confidential(.whitebit, .global, sandbox),
            "bybit": try confidential(.bybit, .mainnet, sandbox),
            "agent": try Client(
                config: ClientConfig(
                    venue: .bybit, environment: .mainnet, clientId: "ai-agent",
                    redirectUri: "https://www.bybit.com/oauth/callback", authorizeBase: "\(sandbox)/bybit/mainnet",
                    apiBase: "\(sandbox)/bybit/mainnet")),
        ]
    }

    private static func confidential(_ venue: Venue, _ environment: VenueEnvironment, _ sandbox: String) throws -> Client {
        let base = "\(sandbox)/\(venue.name)/\(environment.name)"
        let config = ClientConfig(
            venue: venue, environment: environment, clientId: "demo-\(venue.name)",
            redirectUri: "http://127.0.0.1:8000/callback/\(venue.name)", authorizeBase: base, apiBase: base)
        return try Client.confidential(config: config, clientSecret: Secret(text: "demo-\(venue.name)-secret"))
    }

    public static func keys() throws -> SealingKeys {
        try SealingKeys(keys: [SealingKey(id: "2026-11", key: Data(0..<32))])
    }
}
