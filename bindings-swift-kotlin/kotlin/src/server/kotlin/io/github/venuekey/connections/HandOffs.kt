@file:JvmName("HandOffs")

package io.github.venuekey.connections

import io.github.venuekey.ConnectOptions
import io.github.venuekey.KeepAlive
import io.github.venuekey.LostSecretPolicy
import io.github.venuekey.blocking

// A server's calls, since they take a client's secret: an app's build has none of them.

/**
 * Begins a connection with what an app has begun. A hand-off that comes twice is the same connection, also when that has ended
 * meanwhile: `isNew` tells, and the app gets the same answer.
 *
 * @param handOff the text that the app sent, in the request of the user who is logged in as [owner].
 * @throws VenuekeyException `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired`.
 * @throws ConnectionNotFound another owner has brought it before.
 */
public suspend fun Connections.beginByHandOff(
    client: String,
    handOff: String,
    owner: String,
    label: String? = null,
    keepAlive: KeepAlive? = null,
    onSecretLost: LostSecretPolicy = LostSecretPolicy.REPORT,
): TakenHandOff {
    val options = ConnectOptions(owner, client, label, keepAlive)
    val connection = rows.client(client).beginConnectionByHandOff(handOff, onSecretLost, options, rows.nowMs())
    val isNew = rows.save(connection)
    return TakenHandOff(if (isNew) viewOf(connection, noWorker = false) else status(connection.id, owner), isNew)
}

/** What [Connections.beginByHandOff] has come to. */
public data class TakenHandOff(
    /** The connection that this hand-off has begun. */
    public val view: ConnectionView,
    /** Whether this call has begun it. If not, the hand-off was taken before, and nothing was done. */
    public val isNew: Boolean,
)

/** As [Connections.beginByHandOff]. */
@JvmOverloads
@Throws(InterruptedException::class)
public fun ConnectionsBlocking.beginByHandOff(
    client: String,
    handOff: String,
    owner: String,
    label: String? = null,
    keepAlive: KeepAlive? = null,
    onSecretLost: LostSecretPolicy = LostSecretPolicy.REPORT,
): TakenHandOff = blocking { connections.beginByHandOff(client, handOff, owner, label, keepAlive, onSecretLost) }
