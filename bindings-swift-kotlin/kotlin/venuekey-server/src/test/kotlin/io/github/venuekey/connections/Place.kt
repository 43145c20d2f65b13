package io.github.venuekey.connections

import io.github.venuekey.Client
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.SealingKey
import io.github.venuekey.SealingKeys
import io.github.venuekey.Send
import io.github.venuekey.Venue
import io.github.venuekey.atSandbox
import io.github.venuekey.senders.javaHttpSender
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.support.Sandbox
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.delay
import org.sqlite.SQLiteDataSource

val KEYS = SealingKeys(listOf(SealingKey("one", ByteArray(32) { 7 })))

/** Connections in a file, at a sandbox, and the events that they told of. With a clock that stands still, what sleeps moves it. */
class Place(
    folder: File,
    private val sandbox: Sandbox,
    send: Send = javaHttpSender(),
    keys: SealingKeys = KEYS,
    heldMs: Long? = null,
) : AutoCloseable {
    private val nowMs = heldMs?.let(::AtomicLong)
    val store: Store = SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" })
    val events = CopyOnWriteArrayList<Event>()
    val connections = Connections(
        clients(sandbox), store, keys, send, onEvent = { events += it }, clock = nowMs?.let { it::get },
        sleep = { ms -> nowMs?.set(sandbox.advance(ms)) ?: delay(ms) },
    )
    val blocking = ConnectionsBlocking(connections)

    /** The user agrees; the browser is back. */
    fun calledBack(view: ConnectionView): ConnectionView =
        blocking.receiveCallback(view.id, sandbox.approve(view.authorizeUrl!!.expose()), view.owner)

    /** Once a worker has nothing more to do at once. */
    fun settled(view: ConnectionView): ConnectionView {
        while (true) {
            val now = blocking.status(view.id)
            if (now.status != ConnectionStatus.WORKING) return now
            Thread.sleep(10)
        }
    }

    override fun close() = store.close()

    companion object {
        fun clients(sandbox: Sandbox): Map<String, Client> =
            mapOf("whitebit" to atSandbox(sandbox, Venue.WHITEBIT), "bybit" to atSandbox(sandbox, Venue.BYBIT))
    }
}
