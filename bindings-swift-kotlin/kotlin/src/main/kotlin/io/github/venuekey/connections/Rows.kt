package io.github.venuekey.connections

import io.github.venuekey.Client
import io.github.venuekey.ConnectionRow
import io.github.venuekey.LastReading
import io.github.venuekey.SealingKeys
import io.github.venuekey.StoredConnection
import io.github.venuekey.VenueConnection
import io.github.venuekey.VenuekeyException
import io.github.venuekey.stores.Row
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.StoreError
import io.github.venuekey.stores.Stored
import io.github.venuekey.stores.WRONG_TYPE
import io.github.venuekey.stores.nameOf
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.withContext

/** So often does an event from the web try to be the next revision. */
private const val APPLY_AGAIN = 5
/** Work that waits this long without any worker having looked is reported. */
private const val NO_WORKER_MS = 60_000L
/** What is wrong with a row and not with this process. */
internal val DAMAGE: Set<String> = setOf("seal_invalid", "snapshot_invalid")

/** Where what blocks, blocks. */
internal val THREADS: CoroutineDispatcher = Dispatchers.IO.limitedParallelism(64, "venuekey")

/** A call of the store. */
internal suspend fun <T> io(call: () -> T): T = withContext(THREADS) {
    try {
        call()
    } catch (own: CancellationException) {
        // The caller's goes through; what is left is the store's own, a timeout for one, and no reason for the caller to end.
        ensureActive()
        throw StoreError("call", nameOf(own))
    }
}

/** The rows of one store, opened. */
internal class Rows(clients: Map<String, Client>, val store: Store, val keys: SealingKeys, private val clock: (() -> Long)?) {
    val clients: Map<String, Client> = clients.toSortedMap()

    @Volatile
    private var storeAheadMs = 0L

    private val last = LastReading()

    // Ids of sealing keys with which this process has opened a row: it has their right bytes.
    private val proven = ConcurrentHashMap.newKeySet<String>()
    private val keyIds = keys.ids.toSet()

    /** How many rows this process has changed. */
    val changes: MutableStateFlow<Long> = MutableStateFlow(0)

    /**
     * By the store's clock if it has one: hosts then agree on leases. Of a store's trouble it says nothing: a reply that has
     * just come must be read all the same.
     */
    suspend fun nowMs(): Long = askedMs().also(last::keeps)

    /** The same for what may not fail, since a reply is here and waits to be stored: by what was known last, where nobody knows the time. */
    suspend fun sureMs(): Long = try {
        nowMs()
    } catch (_: Exception) {
        currentCoroutineContext().ensureActive()
        countedMs()
    }

    /** The same without a word to the store: one that hangs holds up no end. */
    fun countedMs(): Long = runCatching { clock?.let { unixMs("clock", it()) } }.getOrNull() ?: last.countedOnMs ?: System.currentTimeMillis()

    private suspend fun askedMs(): Long {
        if (clock != null) return unixMs("clock", clock.invoke())
        val hostMs = System.currentTimeMillis()
        val ofStore = try {
            io { store.nowMs() } ?: return hostMs
        } catch (_: Exception) {
            currentCoroutineContext().ensureActive()
            return hostMs + storeAheadMs
        }
        return unixMs("the store's nowMs", ofStore).also { storeAheadMs = it - hostMs }
    }

    fun client(name: String): Client =
        clients[name] ?: throw wrong("there is no client \"$name\"; there are: ${clients.keys.joinToString().ifEmpty { "none" }}")

    suspend fun open(stored: Stored): VenueConnection = open(stored, nowMs())

    private suspend fun open(stored: Stored, nowMs: Long): VenueConnection {
        val row = stored.row
        val of = client(row.client)
        return io {
            val connection = try {
                of.openConnection(StoredConnection(row.id, row.owner, row.client, row.revision, row.sealed), keys, nowMs)
            } catch (error: VenuekeyException) {
                // The seal has opened, so the key is right.
                if (error.code.startsWith("snapshot_")) proven += row.sealingKeyId
                throw error
            }
            proven += row.sealingKeyId
            stored.lastUsedAtMs?.let { connection.used(it, nowMs) } ?: connection
        }
    }

    /** Its status and venue, by what is sealed; by the columns only if that can't be opened. */
    suspend fun told(stored: Stored): Told = try {
        open(stored).run { Told(stored.row.id, word(status), word(client.venue), opens = true) }
    } catch (_: VenuekeyException) {
        stored.row.run { Told(id, status, venue, opens = false) }
    }

    internal class Told(val id: String, val status: String?, val venue: String?, val opens: Boolean)

    /** What this process lacks to open the row, if another one may have it. */
    fun lacks(stored: Stored): String? {
        val row = stored.row
        val of = clients[row.client] ?: return "there is no client '${row.client}'"
        val (venue, environment) = word(of.venue) to word(of.environment)
        return when {
            venue != row.venue || environment != row.environment -> "client '${row.client}' is of $venue $environment"
            row.sealingKeyId !in keyIds -> "there is no sealing key '${row.sealingKeyId}'"
            else -> null
        }
    }

    /** Whether its sealing key has opened a row here: under its id, this process may hold other bytes. */
    fun isProven(stored: Stored): Boolean = stored.row.sealingKeyId in proven

    /** Whether no process can open the row, as far as this one can know. */
    fun isDamaged(stored: Stored, error: VenuekeyException): Boolean = error.code in DAMAGE && lacks(stored) == null && isProven(stored)

    /** The row, where it belongs to this owner; to any, if that is null. */
    suspend fun stored(id: String, owner: String?): Stored {
        val stored = if (isId(id)) io { store.load(id) } else null
        if (stored == null || owner != null && owner != stored.row.owner) throw ConnectionNotFound("there is no such connection")
        return stored
    }

    suspend fun load(id: String): VenueConnection? = io { store.load(id) }?.let { open(it, sureMs()) }

    /** The connection, where it belongs to this owner: the seal is bound to that column. */
    suspend fun loaded(id: String, owner: String?): VenueConnection = open(stored(id, owner))

    suspend fun save(connection: VenueConnection): Boolean =
        io { store.save(rowOf(connection.seal(keys))) }.also { won -> if (won) changed() }

    /** Some row is another one now: whoever shows one looks again. */
    fun changed(): Unit = changes.update { it + 1 }

    suspend fun find(owner: String): List<Stored> = io { store.find(owner) }

    /** Saves what the event makes of the row. If another save comes first, it is applied to that. */
    suspend fun apply(id: String, owner: String?, event: (VenueConnection, Long) -> VenueConnection): VenueConnection {
        repeat(APPLY_AGAIN) {
            val connection = loaded(id, owner)
            val nowMs = nowMs()
            val following = io { event(connection, nowMs) }
            if (following.revision == connection.revision || save(following)) return following
        }
        throw StoreBusy()
    }

    /** Of what the store has, whether it can be opened or not. */
    suspend fun look(stored: Stored): ConnectionView {
        val nowMs = nowMs()
        val connection = try {
            open(stored)
        } catch (error: VenuekeyException) {
            return unreadableView(stored, error)
        }
        // Such a row may never be due.
        if (stored.quarantined == WRONG_TYPE) return unreadableView(stored, damaged(WRONG_TYPE))
        // The column: opened, work that is ready is due now, whenever that is.
        val waits = stored.row.dueAtMs?.let { nowMs - it > NO_WORKER_MS } ?: false
        val seenMs = if (waits) io { store.lastSeen() } else null
        return viewOf(connection, noWorker = waits && (seenMs == null || nowMs - seenMs > NO_WORKER_MS))
    }
}

internal fun rowOf(of: ConnectionRow): Row = of.run {
    Row(
        id, owner, client, word(venue)!!, word(environment)!!, word(status)!!, revision, sealingKeyId, sealed, label, word(intent), dueAtMs,
        leaseHolder, leaseUntilMs, accountHash,
    )
}
