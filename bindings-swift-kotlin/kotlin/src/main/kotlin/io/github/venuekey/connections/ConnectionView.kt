package io.github.venuekey.connections

import io.github.venuekey.Choices
import io.github.venuekey.ConnectAttempt
import io.github.venuekey.ConnectionEvent
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.EventKind
import io.github.venuekey.Goal
import io.github.venuekey.KeySummary
import io.github.venuekey.Recovery
import io.github.venuekey.Secret
import io.github.venuekey.TrailEntry
import io.github.venuekey.Venue
import io.github.venuekey.VenueConnection
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenueIntent
import io.github.venuekey.VenuekeyException
import io.github.venuekey.Waiting
import io.github.venuekey.stores.Stored

/**
 * Where a connection stands, at the moment it was loaded.
 *
 * It holds no secret but [authorizeUrl], which carries `state`. Times are Unix milliseconds. [asMap] gives plain values for
 * JSON.
 */
public class ConnectionView internal constructor(
    /** 32 hexadecimal digits. Not a secret. */
    public val id: String,
    /** Your own name for the user. */
    public val owner: String,
    /** Your own name for the client. */
    public val client: String,
    /** The user's own name for the connection. */
    public val label: String?,
    /** The exchange; null if this release does not know it. */
    public val venue: Venue?,
    /** Which of its environments; null if this release does not know it. */
    public val environment: VenueEnvironment?,
    /** What it is for; null if the row can't be opened. */
    public val goal: Goal?,
    /** `QUARANTINED` if the row can't be opened: [error] says why, and the rest is what the columns say. */
    public val status: ConnectionStatus,
    /** Where to send the browser while the venue's consent is wanted. */
    public val authorizeUrl: Secret?,
    /** When it was begun; null where the row can't be opened. */
    public val begunAtMs: Long?,
    /** The attempt to connect that is in progress or has failed, also in front of an account that works: see `cancelAttempt`. */
    public val attempt: ConnectAttempt?,
    /** When the consent ends without a callback. */
    public val expiresAtMs: Long?,
    /** The accounts that the user chooses from, while a choice is wanted. */
    public val choices: Choices?,
    /** Why nothing works, or why the last attempt to connect again failed. Its kind says what helps. */
    public val error: VenuekeyException?,
    /** What `recover` would do; null if there is nothing to recover. */
    public val recovery: Recovery?,
    /** Whether `reconnect` ends the key that works before the user is asked: tell them first. */
    public val replacesKey: Boolean,
    /** What the next request waits for, if it has to wait. */
    public val wait: Waiting?,
    /** The user's id at the venue, if the venue tells it. */
    public val uid: String?,
    /** The key's id at the venue, if it has one. */
    public val keyId: String?,
    /** The key without its halves. */
    public val key: KeySummary?,
    /** The scopes that its tokens were granted; empty without tokens, and if the venue names none. */
    public val scope: List<String>,
    /** The key that still lives at the venue after the end: the user deletes it there. */
    public val keyLeft: String?,
    /** The end that was asked for, while it is under way. */
    public val intent: VenueIntent?,
    /** When a worker next has something to do. */
    public val dueAtMs: Long?,
    /** Whether work has been waiting for a minute and no worker has looked since: start one. */
    public val noWorker: Boolean,
    /** What has happened, the newest last, at most 40 entries. For support; it holds no secret. */
    public val trail: List<TrailEntry>,
) {
    /**
     * All of it but [authorizeUrl] as plain values, for JSON: texts, numbers, lists and maps, under the names that JSON has in every
     * language (`key_left`). An enum's value is its word (`needs_user`), and `error` is `code`, `kind`, `hint` and `doc_url`.
     */
    public fun asMap(): Map<String, Any?> = mapOf(
        "id" to id, "owner" to owner, "client" to client, "label" to label, "venue" to word(venue), "environment" to word(environment),
        "goal" to word(goal), "status" to word(status),
        "begun_at_ms" to begunAtMs,
        "attempt" to attempt?.run { mapOf("number" to number, "status" to word(status), "expires_at_ms" to expiresAtMs, "request" to request) },
        "expires_at_ms" to expiresAtMs,
        "choices" to choices?.run {
            val accounts = subaccounts.map { mapOf("id" to it.id, "nickname" to it.nickname) }
            mapOf("subaccounts" to accounts, "may_create" to mayCreate, "creation_in_doubt" to creationInDoubt)
        },
        "error" to error?.run { mapOf("code" to code, "kind" to word(kind), "hint" to details.hint, "doc_url" to docUrl) },
        "recovery" to word(recovery), "replaces_key" to replacesKey,
        "wait" to wait?.run { mapOf("reason" to word(reason), "attempts" to attempts, "until_ms" to untilMs, "gives_up_at_ms" to givesUpAtMs) },
        "uid" to uid, "key_id" to keyId,
        "key" to key?.run {
            val groups = permissions?.map { mapOf("name" to it.name, "title" to it.title, "granted" to it.granted, "withheld" to it.withheld) }
            mapOf(
                "id" to id, "ending" to ending, "sub_member_id" to subMemberId, "permissions" to groups, "ips" to ips,
                "is_read_only" to isReadOnly, "ends_at_ms" to endsAtMs,
            )
        },
        "scope" to scope, "key_left" to keyLeft, "intent" to word(intent), "due_at_ms" to dueAtMs, "no_worker" to noWorker,
        "trail" to trail.map { mapOf("at_ms" to it.atMs, "what" to it.what, "code" to it.code) },
    )

    override fun toString(): String = "ConnectionView($id, $client, ${word(status)}${error?.let { ", ${it.code}" } ?: ""})"
}

/** What happened to a connection. It is told at least once: [connectionId] and [number] together identify it. */
public data class Event(
    /** Whose it is. */
    public val connectionId: String,
    /** Your own name for the user. */
    public val owner: String,
    /** Your own name for the client. */
    public val client: String,
    /** The user's own name for the connection. */
    public val label: String?,
    /** Counts up by one within a connection. */
    public val number: Long,
    /** When it happened, in Unix milliseconds. */
    public val atMs: Long,
    /** What it was. */
    public val kind: EventKind,
    /** The error's code, if something went wrong. */
    public val code: String?,
    /** The key that may still live at the venue, for `ENDED` and `ORPHANED_CREDENTIAL`. */
    public val keyId: String?,
)

/** As every language's stores and JSON have it. */
internal fun word(value: Enum<*>?): String? = value?.name?.lowercase()

internal inline fun <reified E : Enum<E>> valueOfWord(word: String?): E? = enumValues<E>().firstOrNull { word(it) == word }

internal fun viewOf(connection: VenueConnection, noWorker: Boolean): ConnectionView = connection.run {
    val of = client
    ConnectionView(
        id, owner, clientName, label, of.venue, of.environment, goal, status, authorizeUrl, begunAtMs, attempt, expiresAtMs, choices, error,
        recovery, replacesKey, wait, uid, keyId, key, scope, keyLeft, intent, dueAtMs, noWorker, trail,
    )
}

internal fun unreadableView(stored: Stored, error: VenuekeyException): ConnectionView = stored.row.run {
    ConnectionView(
        id, owner, client, label, valueOfWord<Venue>(venue), valueOfWord<VenueEnvironment>(environment), goal = null,
        status = ConnectionStatus.QUARANTINED, authorizeUrl = null, begunAtMs = null, attempt = null, expiresAtMs = null, choices = null,
        error = error, recovery = null, replacesKey = false, wait = null, uid = null, keyId = null, key = null, scope = emptyList(),
        keyLeft = null, intent = valueOfWord<VenueIntent>(intent), dueAtMs = dueAtMs,
        noWorker = false, trail = emptyList(),
    )
}

internal fun eventOf(connection: VenueConnection, event: ConnectionEvent): Event = event.run {
    Event(connection.id, connection.owner, connection.clientName, connection.label, number, atMs, kind, code, keyId)
}
