/// An enum without fields, which has one name in every language and on the wire: `api_key`. It is coded by that name.
public protocol Named: CaseIterable, Codable {
    /// Its name: `api_key`.
    var name: String { get }
}

extension Named {
    public var name: String { snakeCase("\(self)") }

    /// The value of that name, where there is one.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        let name = try value.decode(String.self)
        guard let found = Self(name: name) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "\(Self.self) has no such name")
        }
        self = found
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(name)
    }
}

private func snakeCase(_ camel: String) -> String {
    camel.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
}

extension VenueEnvironment: Named {}
extension ErrorKind: Named {}
extension FlowOperation: Named {}
extension Goal: Named {}
extension KeyDecision: Named {}
extension CheckReason: Named {}
extension NonAscii: Named {}
extension OrderFilter: Named {}
extension ReadKind: Named {}
extension Recovery: Named {}
extension Replay: Named {}
extension ResponseType: Named {}
extension LostSecretPolicy: Named {}
extension TransactionMethod: Named {}
extension TransactionState: Named {}
extension Venue: Named {}
extension WaitReason: Named {}

extension HttpMethod: Named {
    public var name: String { "\(self)".uppercased() }
}

/// Coded as an object, with the time where it has one: `{"status": "waiting", "until_ms": 1790000000000}`.
extension FlowStatus: Codable {
    private enum Field: String, CodingKey {
        case status
        case expiresAtMs = "expires_at_ms"
        case untilMs = "until_ms"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        switch try fields.decode(String.self, forKey: .status) {
        case "awaiting_callback":
            self = .awaitingCallback(expiresAtMs: try fields.decode(Int64.self, forKey: .expiresAtMs))
        case "ready": self = .ready
        case "awaiting_choice": self = .awaitingChoice
        case "in_flight": self = .inFlight
        case "waiting": self = .waiting(untilMs: try fields.decode(Int64.self, forKey: .untilMs))
        case "done": self = .done
        case "failed": self = .failed
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .status, in: fields, debugDescription: "FlowStatus has no such name")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(name, forKey: .status)
        switch self {
        case .awaitingCallback(let expiresAtMs): try fields.encode(expiresAtMs, forKey: .expiresAtMs)
        case .waiting(let untilMs): try fields.encode(untilMs, forKey: .untilMs)
        case .ready, .awaitingChoice, .inFlight, .done, .failed: break
        }
    }

    /// Its name in every language, without the time: `awaiting_callback`.
    public var name: String {
        switch self {
        case .awaitingCallback: "awaiting_callback"
        case .ready: "ready"
        case .awaitingChoice: "awaiting_choice"
        case .inFlight: "in_flight"
        case .waiting: "waiting"
        case .done: "done"
        case .failed: "failed"
        }
    }
}
