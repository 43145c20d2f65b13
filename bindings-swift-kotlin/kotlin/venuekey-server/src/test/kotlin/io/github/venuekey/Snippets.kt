package io.github.venuekey

import io.github.venuekey.connections.AppBackend
import io.github.venuekey.connections.BackendConnection
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.DeviceConnection
import io.github.venuekey.connections.connectLocal
import io.github.venuekey.stores.FileSecrets
import io.github.venuekey.stores.FileStore
import io.github.venuekey.stores.KeyVault
import io.github.venuekey.stores.PostgresStore
import java.io.File
import javax.sql.DataSource
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch

/**
 * The documents' Kotlin, compiled: tests/project/test_snippets.py looks for each block of theirs here, to the letter. What runs it
 * are the quick starts and the examples. A parameter is what a block takes from its reader's own program.
 */
@Suppress("unused", "UNUSED_VARIABLE", "UNUSED_PARAMETER", "ktlint")
private object Snippets {
    interface Outbox {
        fun insertIgnoringDuplicates(key: String, kind: EventKind)
    }

    /** Android's own, as far as it is shown. */
    interface Context {
        val noBackupFilesDir: File
    }

    fun connections(whitebit: Client, bybit: Client, dataSource: DataSource, key: ByteArray, outbox: Outbox) {
        val connections = Connections(
            clients = mapOf("whitebit" to whitebit, "bybit" to bybit),
            store = PostgresStore(dataSource),
            keys = SealingKeys(listOf(SealingKey("2026-11", key))), // 32 random bytes
            onEvent = { event -> outbox.insertIgnoringDuplicates("${event.connectionId}/${event.number}", event.kind) },
        )
    }

    suspend fun desktop(client: Client) {
        val account = connectLocal(client, FileStore(File("bybit-connection")))
    }

    suspend fun device(context: Context, client: Client, scope: CoroutineScope, KeystoreVault: () -> KeyVault) {
        fun show(view: ConnectionView?) = Unit
        val store = FileStore(File(context.noBackupFilesDir, "connections"))
        val connections = Connections(mapOf("bybit" to client), store, store.sealingKeys(KeystoreVault()))
        val device = DeviceConnection(connections, "bybit")

        scope.launch { connections.run() }                 // the worker
        scope.launch { device.updates().collect(::show) }  // null, a page to open, accounts to choose from, connected, …
        device.connect()                                   // a button; then receivePastedCode, choose, disconnect
    }

    suspend fun backend(context: Context, backend: AppBackend, link: String, open: (String) -> Unit, KeystoreVault: () -> KeyVault) {
        val connection = BackendConnection("whitebit", backend, FileSecrets(File(context.noBackupFilesDir, "venuekey"), KeystoreVault()))

        connection.resume()                // at each start: delivers what the backend may not have yet
        open(connection.begin().expose())  // the button: open it in a Custom Tab
        connection.receiveCallback(link)   // false if nothing was begun here; throws BackendRefusal if the backend refuses it
        connection.cancel()                // the user gives up
    }

    suspend fun session(connections: Connections, id: String, owner: String) {
        val account = connections.account(id, owner)                       // or account(owner, Venue.WHITEBIT)
        val reply = account.call(HttpMethod.POST, "/api/v4/main-account/balance", """{"ticker":"BTC"}""", patienceMs = 5_000)
        val (tokens, generation) = account.tokens()                        // goal ACCOUNT_TOKENS
        val others = account.tokenRefused(generation)                      // the exchange answered 401 or 403
    }

    suspend fun call(connections: Connections, id: String, user: String) {
        val account = connections.account(id, user)
        println(account.call(HttpMethod.POST, "/api/v4/trade-account/balance").payload) // signed, within the venue's limits
    }
}
