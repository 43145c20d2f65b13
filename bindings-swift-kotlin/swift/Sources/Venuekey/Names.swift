/// An enum without fields, which has one name in every language and on the wire: `api_key`. It is coded by that name.
public protocol Named: CaseIterable, Codable {
    /// Its name: `api_key`.
    var name: String { get }
}

extension Named {
    public var name: String { snakeCase("\(self)") }

    /// The value of that name, if there is one.
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

extension HttpMethod: Named {
    public var name: String { "\(self)".uppercased() }
}
