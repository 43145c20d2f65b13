import Foundation

/// Where a connection stands, at the moment it was loaded. It holds no secret but `authorizeUrl`. Times are Unix
/// milliseconds.
///
/// Encoded, it is an object by the names of all languages (`due_at_ms`), without `authorizeUrl`; `error` is its `code`,
/// `kind`, `hint` and `doc_url`.
public struct ConnectionView: Sendable {
    /// 32 hexadecimal digits. Not a secret.
    public let id: String
    /// Your own name for the user.
    public let owner: String
    /// Your own name for the client.
    public let client: String
    /// The user's own name for the connection.
    public let label: String?
    public let venue: Venue
    public let environment: VenueEnvironment
    /// Nil where the row can't be opened.
    public var goal: Goal?
    /// `quarantined` if the row can't be opened: `error` says why, and the rest is what the columns say.
    public let status: ConnectionStatus
    /// Where to send the browser while the venue's consent is wanted. It carries `state`: keep it out of logs.
    public var authorizeUrl: Secret?
    /// When it was begun; nil where the row can't be opened.
    public var begunAtMs: Int64?
    /// The attempt to connect that is in progress or has failed, also in front of an account that works: see `cancelAttempt`.
    public var attempt: ConnectAttempt?
    /// When the consent ends without a callback.
    public var expiresAtMs: Int64?
    /// The accounts that the user chooses from, while a choice is wanted.
    public var choices: Choices?
    /// Why nothing works, or why the last attempt to connect again failed.
    public let error: VenuekeyError?
    /// What `recover` would do; nil if there is nothing to recover.
    public var recovery: Recovery?
    /// Whether `reconnect` ends the key that works before the user is asked: tell them first.
    public var replacesKey = false
    /// What the next request waits for, if it has to wait.
    public var wait: Waiting?
    /// The user's id at the venue, if the venue tells it.
    public var uid: String?
    /// The key's id at the venue, if it has one.
    public var keyId: String?
    /// The key without its halves.
    public var key: KeySummary?
    /// The scopes that its tokens were granted; empty without tokens, and if the venue names none.
    public var scope: [String] = []
    /// The key that still lives at the venue after the end: the user deletes it there.
    public var keyLeft: String?
    /// What is wanted and not done yet.
    public let intent: Intent?
    /// When a worker next has something to do.
    public let dueAtMs: Int64?
    /// Whether work has been waiting for a minute and no worker has looked since: start one.
    public var noWorker = false
    /// What has happened, the newest last, at most 40 entries.
    public var trail: [TrailEntry] = []

    init(_ connection: Connection, noWorker: Bool) {
        let of = connection.client
        (id, owner, client, label) = (connection.id, connection.owner, connection.clientName, connection.label)
        (venue, environment, goal, status) = (of.venue, of.environment, connection.goal, connection.status)
        (authorizeUrl, expiresAtMs, choices) = (connection.authorizeUrl, connection.expiresAtMs, connection.choices)
        (error, recovery, replacesKey) = (connection.error, connection.recovery, connection.replacesKey)
        (wait, uid, keyId, keyLeft) = (connection.wait, connection.uid, connection.keyId, connection.keyLeft)
        (begunAtMs, attempt, key, scope) = (connection.begunAtMs, connection.attempt, connection.key, connection.scope)
        (intent, dueAtMs, trail) = (connection.intent, connection.dueAtMs, connection.trail)
        self.noWorker = noWorker
    }

    /// Of a row that can't be opened.
    init(_ row: ConnectionRow, unreadable error: VenuekeyError) {
        (id, owner, client, label) = (row.id, row.owner, row.client, row.label)
        (venue, environment, status) = (row.venue, row.environment, .quarantined)
        (self.error, intent, dueAtMs) = (error, row.intent, row.dueAtMs)
    }
}

/// What happened to a connection. It is told at least once: `connectionId` and `number` together identify it.
public struct Event: Sendable {
    public let connectionId: String
    /// Your own name for the user.
    public let owner: String
    /// Your own name for the client.
    public let client: String
    /// The user's own name for the connection.
    public let label: String?
    /// Counts up by one within a connection.
    public let number: Int64
    /// When it happened, in Unix milliseconds.
    public let atMs: Int64
    public let kind: EventKind
    /// The error's code, if something went wrong.
    public let code: String?
    /// The key that may still live at the venue, for `ended` and `orphanedCredential`.
    public let keyId: String?

    init(_ connection: Connection, _ event: ConnectionEvent) {
        (connectionId, owner) = (connection.id, connection.owner)
        (client, label) = (connection.clientName, connection.label)
        (number, atMs, kind, code, keyId) = (event.number, event.atMs, event.kind, event.code, event.keyId)
    }
}

extension ConnectionView: Encodable {
    private enum Field: String, CodingKey {
        case id, owner, client, label, venue, environment, goal, status, attempt, choices, error, recovery, wait, uid, key, scope
        case intent, trail
        case begunAtMs = "begun_at_ms"
        case expiresAtMs = "expires_at_ms"
        case replacesKey = "replaces_key"
        case keyId = "key_id"
        case keyLeft = "key_left"
        case dueAtMs = "due_at_ms"
        case noWorker = "no_worker"
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        for (field, text) in [(Field.id, id), (.owner, owner), (.client, client)] { try fields.encode(text, forKey: field) }
        for (field, text) in [(Field.label, label), (.uid, uid), (.keyId, keyId), (.keyLeft, keyLeft)] {
            try fields.encode(text, forKey: field)
        }
        try fields.encode(venue, forKey: .venue)
        try fields.encode(environment, forKey: .environment)
        try fields.encode(goal, forKey: .goal)
        try fields.encode(status, forKey: .status)
        try fields.encode(recovery, forKey: .recovery)
        try fields.encode(intent, forKey: .intent)
        try fields.encode(expiresAtMs, forKey: .expiresAtMs)
        try fields.encode(dueAtMs, forKey: .dueAtMs)
        try fields.encode(replacesKey, forKey: .replacesKey)
        try fields.encode(noWorker, forKey: .noWorker)
        try fields.encode(begunAtMs, forKey: .begunAtMs)
        try fields.encode(attempt.map(EncodedAttempt.init), forKey: .attempt)
        try fields.encode(key.map(EncodedKey.init), forKey: .key)
        try fields.encode(scope, forKey: .scope)
        try fields.encode(choices.map(EncodedChoices.init), forKey: .choices)
        try fields.encode(error.map(EncodedError.init), forKey: .error)
        try fields.encode(wait.map(EncodedWait.init), forKey: .wait)
        try fields.encode(trail.map(EncodedEntry.init), forKey: .trail)
    }
}

// As Python's `as_dict` has them.

private struct EncodedChoices: Encodable {
    struct Account: Encodable {
        let id: String
        let nickname: String?
    }
    let subaccounts: [Account]
    let may_create: Bool
    let creation_in_doubt: Bool

    init(_ choices: Choices) {
        subaccounts = choices.subaccounts.map { Account(id: $0.id, nickname: $0.nickname) }
        (may_create, creation_in_doubt) = (choices.mayCreate, choices.creationInDoubt)
    }
}

private struct EncodedAttempt: Encodable {
    let number: Int64
    let status: AttemptStatus
    let expires_at_ms: Int64?
    let request: String?

    init(_ attempt: ConnectAttempt) {
        (number, status, expires_at_ms) = (attempt.number, attempt.status, attempt.expiresAtMs)
        request = attempt.request
    }
}

private struct EncodedKey: Encodable {
    struct Group: Encodable {
        let name: String
        let title: String?
        let granted: [String]
        let withheld: [String]
    }
    let id: String?
    let ending: String
    let sub_member_id: String?
    let permissions: [Group]?
    let ips: [String]?
    let is_read_only: Bool?
    let ends_at_ms: Int64?

    init(_ key: KeySummary) {
        (id, ending, sub_member_id) = (key.id, key.ending, key.subMemberId)
        (ips, is_read_only, ends_at_ms) = (key.ips, key.isReadOnly, key.endsAtMs)
        permissions = key.permissions?.map {
            Group(name: $0.name, title: $0.title, granted: $0.granted, withheld: $0.withheld)
        }
    }
}

private struct EncodedError: Encodable {
    let code: String
    let kind: ErrorKind
    let hint: String?
    let doc_url: String

    init(_ error: VenuekeyError) {
        (code, kind, hint, doc_url) = (error.code, error.kind, error.details.hint, error.docUrl)
    }
}

private struct EncodedWait: Encodable {
    let reason: WaitReason
    let attempts: Int64
    let until_ms: Int64
    let gives_up_at_ms: Int64?

    init(_ wait: Waiting) {
        (reason, attempts, until_ms, gives_up_at_ms) = (wait.reason, wait.attempts, wait.untilMs, wait.givesUpAtMs)
    }
}

private struct EncodedEntry: Encodable {
    let at_ms: Int64
    let what: String
    let code: String?

    init(_ entry: TrailEntry) {
        (at_ms, what, code) = (entry.atMs, entry.what, entry.code)
    }
}
