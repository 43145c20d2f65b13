package io.github.venuekey.connections

import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.EventKind
import io.github.venuekey.Goal
import io.github.venuekey.ImportedKey
import io.github.venuekey.KeepAlive
import io.github.venuekey.NoResponse
import io.github.venuekey.SealingKey
import io.github.venuekey.SealingKeys
import io.github.venuekey.Secret
import io.github.venuekey.Send
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.VenuekeyFailure
import io.github.venuekey.stores.Row
import io.github.venuekey.stores.SQLiteStore
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.StoreError
import io.github.venuekey.support.shown
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.sqlite.SQLiteDataSource

private const val NOW = 1_790_000_000_000L

/** What happens without a word to any exchange. */
class WithoutVenueTest {
    @TempDir
    lateinit var folder: File

    private var nowMs = NOW
    private val store: Store by lazy { SQLiteStore(SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }) }
    private val silent: Send = { throw NoResponse("nobody_is_there", notSent = true) }

    @AfterEach
    fun close() = store.close()

    private fun client(venue: Venue): Client {
        val environment = if (venue == Venue.WHITEBIT) VenueEnvironment.GLOBAL else VenueEnvironment.MAINNET
        return Client.confidential(ClientConfig(venue, environment, "app", "https://partner.example/cb"), Secret("canary-client-secret"))
    }

    private val clients = mapOf("whitebit" to client(Venue.WHITEBIT), "bybit" to client(Venue.BYBIT))

    private fun over(store: Store, keys: SealingKeys = KEYS, onEvent: suspend (Event) -> Unit = {}) =
        ConnectionsBlocking(Connections(clients, store, keys, silent, onEvent, clock = { nowMs }))

    private fun key(secret: String = "canary-api-secret") =
        ImportedKey(Secret("canary-api-key"), Secret(secret), "11111111-2222-3333-4444-555555555555", null)

    private fun refused(call: () -> Any?): String = assertThrows(VenuekeyException.Misuse::class.java) { call() }.details.hint!!

    @Test
    fun `an argument that is wrong is told by its name`() {
        assertTrue("clients" in refused { Connections(emptyMap(), store, KEYS) })
        assertTrue("clients" in refused { Connections(mapOf("" to client(Venue.BYBIT)), store, KEYS) })
        assertTrue("concurrency" in refused { Connections(clients, store, KEYS, concurrency = 0) })
        assertTrue("shareOf" in refused { Connections(clients, store, KEYS, shareOf = -1) })
        val connections = over(store)
        assertEquals("there is no client \"nowhere\"; there are: bybit, whitebit", refused { connections.begin("nowhere", "user", Goal.API_KEY) })
        assertTrue("owner" in refused { connections.begin("bybit", "", Goal.API_KEY) })
        assertTrue("holder" in refused { connections.run("a\nb") })
        assertTrue("holder" in refused { connections.runOnce(holder = "x".repeat(65)) })
        val view = connections.importKey("whitebit", key(), "user")
        assertTrue("patienceMs" in refused { connections.account(view.id).call(io.github.venuekey.HttpMethod.POST, "/x", patienceMs = -1) })
        for (limit in listOf(0, -1)) assertEquals("limit must be 1 or more", refused { connections.reseal(limit) })
        nowMs = -5
        assertTrue("clock" in refused { connections.run() })
    }

    @Test
    fun `a column of the wrong type is told of and written anew, and what is sealed decides`() {
        val connections = over(store)
        val id = connections.importKey("whitebit", key(), "user").id
        val database = SQLiteDataSource().apply { url = "jdbc:sqlite:$folder/connections.db" }
        fun edit(column: String, value: Any) = database.connection.use {
            it.createStatement().executeUpdate("UPDATE venuekey_connections SET $column = '$value' WHERE id = '$id'")
        }
        edit("due_at_ms", "soon")
        for (view in connections.find("user") + connections.status(id)) {
            assertEquals(ConnectionStatus.QUARANTINED, view.status)
            assertTrue("wrong type" in view.error!!.details.hint!!)
        }
        assertNull(store.nextDue())
        assertEquals(ConnectionStatus.CONNECTED, connections.release(id).status)
        assertEquals(ConnectionStatus.CONNECTED, connections.status(id).status)
        edit("status", "ended")
        assertEquals(id, connections.account("user", Venue.WHITEBIT).id)
    }

    @Test
    fun `a connection is its owner's`() {
        val connections = over(store)
        val view = connections.begin("bybit", "user", Goal.API_KEY, label = "mine", keepAlive = KeepAlive.ON_USE)
        val calls: List<(String) -> Any> = listOf(
            { connections.status(view.id, it) }, { connections.receiveCallback(view.id, "/cb?code=c&state=s", it) }, { connections.recover(view.id, it) },
            { connections.choose(view.id, "1", it) }, { connections.reconnect(view.id, it) }, { connections.disconnect(view.id, it) },
            { connections.account(view.id, it) }, { connections.receivePastedCode(view.id, "c", it) },
        )
        // Nor is the word for any owner another name for everybody.
        for (owner in listOf("somebody", "", "any owner")) {
            for (call in calls) assertThrows(ConnectionNotFound::class.java) { call(owner) }
        }
        for (id in listOf("", "nothing", view.id.uppercase(), "0".repeat(32))) assertThrows(ConnectionNotFound::class.java) { connections.status(id) }
        assertEquals(view.id, connections.status(view.id, "user").id)
        assertEquals(view.id, connections.status(view.id).id)
        assertEquals(listOf(view.id), connections.find("user").map { it.id })
        assertEquals(emptyList<ConnectionView>(), connections.find("somebody"))
    }

    @Test
    fun `a click twice goes on with one consent, and a foreign callback changes nothing`() {
        val connections = over(store)
        val view = connections.begin("bybit", "user", Goal.API_KEY)
        assertEquals(ConnectionStatus.AWAITING_USER, view.status)
        assertEquals(view.authorizeUrl!!.expose(), connections.status(view.id).authorizeUrl!!.expose())
        val error = assertThrows(VenuekeyException.Rejected::class.java) { connections.receiveCallback(view.id, "/cb?code=c&state=another") }
        assertTrue(error.code.isNotEmpty())
        assertEquals(ConnectionStatus.AWAITING_USER, connections.status(view.id).status)
    }

    @Test
    fun `an owner with two rows at a venue has no single account`() {
        val connections = over(store)
        connections.importKey("whitebit", key(), "user")
        assertEquals("Account", connections.account("user", Venue.WHITEBIT).account.toString().substringBefore("("))
        connections.begin("whitebit", "user", Goal.API_KEY)
        val error = assertThrows(AmbiguousAccount::class.java) { connections.account("user", Venue.WHITEBIT) }
        assertTrue(error.docUrl.endsWith("ambiguous_account.md"))
        assertThrows(ConnectionNotFound::class.java) { connections.account("user", Venue.BYBIT) }
    }

    @Test
    fun `what a view shows is no secret, and JSON takes it`() {
        val connections = over(store)
        val begun = connections.begin("bybit", "user", Goal.API_KEY, label = "mine")
        val state = begun.authorizeUrl!!.expose().substringAfter("state=").substringBefore("&")
        for (view in listOf(begun, connections.importKey("whitebit", key(), "user"))) {
            val all = shown(view) + shown(view.asMap())
            for (secret in listOf(state, "canary")) assertFalse(secret in all, all)
            assertEquals(setOf("api_key"), setOf(view.asMap()["goal"]))
            assertTrue(isPlain(view.asMap()), view.asMap().toString())
        }
        assertEquals(mapOf("status" to "awaiting_user", "venue" to "bybit", "label" to "mine"), begun.asMap().filterKeys { it in setOf("status", "venue", "label") })
    }

    private fun isPlain(value: Any?): Boolean = when (value) {
        null, is String, is Number, is Boolean -> true
        is List<*> -> value.all(::isPlain)
        is Map<*, *> -> value.all { (name, each) -> name is String && isPlain(each) }
        else -> false
    }

    @Test
    fun `nothing of a row's secrets is in the file`() {
        over(store).importKey("whitebit", key(), "user")
        store.close()
        val bytes = folder.listFiles()!!.joinToString("") { it.readText(Charsets.ISO_8859_1) }
        assertTrue("user" in bytes)
        assertFalse("canary" in bytes)
    }

    private class Failing(own: Store, private val save: (Row) -> Boolean) : Store by own {
        override fun save(row: Row): Boolean = this.save.invoke(row)
    }

    @Test
    fun `a store that fails, and one that is never first, are told by their own errors`() {
        val view = over(store).importKey("whitebit", key(), "user")
        val failing = over(Failing(store) { throw StoreError("save", "org.example.DiskFull (13)") })
        val error = assertThrows(StoreError::class.java) { failing.disconnect(view.id) }
        assertEquals("the store's save failed: org.example.DiskFull (13)", error.message)
        var saves = 0
        val busy = assertThrows(StoreBusy::class.java) { over(Failing(store) { saves++; false }).disconnect(view.id) }
        assertEquals(5, saves)
        for (each in listOf(error, busy)) assertTrue(each is VenuekeyFailure)
        assertNull(over(store).status(view.id).intent)
    }

    @Test
    fun `an event that nobody takes is told again after a minute`() {
        val told = mutableListOf<Event>()
        var isDeaf = true
        val connections = over(store) { event ->
            told += event
            check(!isDeaf) { "canary-of-the-listener" }
        }
        val view = connections.begin("bybit", "user", Goal.API_KEY)
        connections.disconnect(view.id)
        connections.runOnce()
        assertEquals(listOf(EventKind.ENDED), told.map { it.kind })
        isDeaf = false
        connections.runOnce()
        assertEquals(1, told.size, "not at once")
        nowMs += 60_000
        connections.runOnce()
        assertEquals(1, told.toSet().size)
        assertEquals(2, told.size)
        assertEquals(listOf(view.id, "user", "bybit"), told.last().run { listOf(connectionId, owner, client) })
    }

    @Test
    fun `a row that this process can't open stops nobody and is left alone`() {
        val lines = CopyOnWriteArrayList<String>()
        val handler = object : Handler() {
            override fun publish(record: LogRecord) = lines.add(record.message).let { }

            override fun flush() = Unit

            override fun close() = Unit
        }
        // Kept: otherwise it may be collected, and its handler with it.
        val logger = Logger.getLogger("venuekey")
        logger.addHandler(handler)
        try {
            val other = SealingKeys(listOf(SealingKey("other", ByteArray(32) { 9 })))
            val theirs = over(store, other).begin("bybit", "user", Goal.API_KEY)
            over(store, other).disconnect(theirs.id)
            val ours = over(store).begin("bybit", "user", Goal.API_KEY)
            over(store).disconnect(ours.id)
            over(store).runOnce()
            assertEquals(setOf(ConnectionStatus.ENDED, ConnectionStatus.QUARANTINED), over(store).find("user").map { it.status }.toSet())
            assertNull(store.load(theirs.id)!!.quarantined)
            assertTrue(lines.any { "there is no sealing key 'other'" in it && "left alone" in it }, lines.toString())
            // The bytes of a row are damaged: it goes out of work, and can be removed.
            val damaged = over(store).begin("bybit", "user", Goal.API_KEY)
            over(store).disconnect(damaged.id)
            val row = store.load(damaged.id)!!.row
            assertTrue(store.save(row.copy(revision = row.revision + 1)))
            val connections = over(store)
            connections.status(ours.id)
            connections.runOnce()
            assertEquals("seal_invalid", store.load(damaged.id)!!.quarantined)
            assertEquals("seal_invalid", connections.status(damaged.id).error!!.code)
            assertThrows(VenuekeyException.Rejected::class.java) { connections.release(damaged.id) }
            connections.disconnect(damaged.id)
            assertNull(store.load(damaged.id))
        } finally {
            logger.removeHandler(handler)
        }
    }

    @Test
    fun `a row that opens for another client shows that its sealing key is right`() {
        val ids = List(2) { over(store).begin("bybit", "user", Goal.API_KEY).id }
        val row = store.load(ids[1])!!.row
        assertTrue(store.save(row.copy(revision = row.revision + 1)))
        val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "another", "https://partner.example/cb")
        val another = Client.confidential(config, Secret("canary-client-secret"))
        val other = ConnectionsBlocking(Connections(mapOf("bybit" to another), store, KEYS, silent, clock = { nowMs }))
        assertThrows(VenuekeyException.Rejected::class.java) { other.disconnect(ids[1]) }
        assertEquals("snapshot_mismatch", other.status(ids[0]).error!!.code)
        assertEquals(ConnectionStatus.QUARANTINED, other.disconnect(ids[1]).status)
        assertNull(store.load(ids[1]))
    }

    @Test
    fun `rows are sealed anew with the newest key`() {
        val connections = over(store)
        val ids = List(3) { connections.importKey("whitebit", key(), "user-$it").id }
        val keys = SealingKeys(listOf(SealingKey("two", ByteArray(32) { 8 }), SealingKey("one", ByteArray(32) { 7 })))
        val newer = over(store, keys)
        assertEquals(2, newer.reseal(2))
        assertEquals(1, newer.reseal())
        assertEquals(0, newer.reseal())
        for (id in ids) assertEquals("two", store.load(id)!!.row.sealingKeyId)
        val only = over(store, SealingKeys(listOf(SealingKey("three", ByteArray(32) { 6 }))))
        assertTrue(ids.min() in refused { only.reseal() })
    }

    @Test
    fun `work that waits without a worker is told`() {
        val connections = over(store)
        val view = connections.begin("bybit", "user", Goal.API_KEY)
        connections.disconnect(view.id)
        assertFalse(connections.status(view.id).noWorker)
        nowMs += 60_001
        assertTrue(connections.status(view.id).noWorker)
        store.seen("somebody", nowMs)
        assertFalse(connections.status(view.id).noWorker)
        assertNotNull(connections.runOnce())
    }
}
