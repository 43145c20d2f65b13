package io.github.venuekey.relay

import io.github.venuekey.Client
import io.github.venuekey.SealingKeys
import io.github.venuekey.VenueConnection
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.ConnectionsBlocking
import io.github.venuekey.connections.rowOf
import io.github.venuekey.stores.SQLiteStore
import java.nio.file.Files
import kotlinx.coroutines.runBlocking
import org.sqlite.SQLiteDataSource

/** The lines that docs/account.md shows, in a coroutine and in a thread, and what they print of a connection's row. */
suspend fun shown(connections: Connections, id: String, println: (String) -> Unit) {
    // From here
    val account = connections.account(id)
    for (balance in account.balances()) {
        println("${balance.account} ${balance.currency} ${balance.total ?: "-"}")
    }
    val year = account.transactions()
    for (entry in year) {
        println("${entry.atMs ?: "-"} ${entry.kind ?: "-"} ${entry.amount} ${entry.currency} ${entry.state ?: "-"}")
    }
    year.reachesFromMs?.let { println("The venue reports nothing from before $it") }
    // to here
}

fun shown(connections: ConnectionsBlocking, id: String, println: (String) -> Unit) {
    // From here
    val account = connections.account(id)
    for (balance in account.balances()) {
        println("${balance.account} ${balance.currency} ${balance.total ?: "-"}")
    }
    val year = account.transactions()
    for (entry in year) {
        println("${entry.atMs ?: "-"} ${entry.kind ?: "-"} ${entry.amount} ${entry.currency} ${entry.state ?: "-"}")
    }
    year.reachesFromMs?.let { println("The venue reports nothing from before $it") }
    // to here
}

internal fun printed(stored: VenueConnection, client: Client, keys: SealingKeys, nowMs: Long): List<String> {
    val row = rowOf(stored.seal(keys))
    val file = Files.createTempDirectory("venuekey-lines").resolve("connections.db").toFile()
    val store = SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$file" })
    store.save(row)
    val connections = Connections(mapOf(row.client to client), store, keys, clock = { nowMs })
    val told = mutableListOf<String>()
    runBlocking { shown(connections, row.id, told::add) }
    store.close()
    file.parentFile.deleteRecursively()
    return told
}
