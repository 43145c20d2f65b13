package io.github.venuekey.stores

import io.github.venuekey.support.PostgresServer
import java.sql.DriverManager
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.ConcurrentSkipListSet
import kotlin.concurrent.thread
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledIf
import org.postgresql.ds.PGSimpleDataSource

// Of a role or a database, which a store does not have to itself.
private const val CARELESS = "%20-csynchronous_commit%3Doff%20-cdefault_transaction_isolation%3Dserializable"

private fun postgres(place: String) = PGSimpleDataSource().apply { setURL(place) }

@EnabledIf("hasServer")
class PostgresStoreTest : StoreConformance() {
    override val wakesOtherProcesses: Boolean get() = true

    override fun newPlace(): String = PostgresServer.createDatabase(CARELESS)

    override fun openStore(place: String): Store = PostgresStore(postgres(place))

    override fun failing(place: String): AutoCloseable = PostgresServer.down()

    @Test
    fun `what is saved outlives the server`() {
        val row = made()
        openStore(newPlace()).use { store ->
            for (revision in 1L..3L) {
                assertTrue(store.save(row.copy(revision = revision)))
                assertEquals(revision, store.bump("counter", 0, 1))
                PostgresServer.down().close()
                assertThrows(StoreError::class.java) { store.load(row.id) }
                assertEquals(revision, store.load(row.id)!!.row.revision)
            }
        }
    }

    @Test
    fun `who listens hears of a server that came back`() {
        val place = newPlace()
        openStore(place).use { worker ->
            openStore(place).use { web ->
                assertTrue(web.save(made()))
                assertTrue(worker.await(PATIENCE_MS), "it listens: something may have been said before")
                PostgresServer.down().use { assertTrue(worker.await(PATIENCE_MS), "something may have been said") }
                assertTrue(worker.await(PATIENCE_MS), "it tries to listen again, or does")
                assertTrue(web.survives { save(made().copy(dueAtMs = 1)) })
                assertTrue(worker.await(PATIENCE_MS))
            }
        }
    }

    /** Its connection was lost while it did nothing. */
    private fun <T> Store.survives(call: Store.() -> T): T = try {
        call()
    } catch (_: StoreError) {
        call()
    }

    @Test
    fun `more calls than connections`() {
        val place = newPlace() + "&ApplicationName=few"
        PostgresStore(postgres(place), maxConnections = 2).use { store ->
            val values = ConcurrentSkipListSet<Long>()
            List(6) { thread { repeat(10) { values += store.bump("counter", 0, 1) } } }.forEach(Thread::join)
            assertEquals((1L..60L).toList(), values.toList())
            val query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'few'"
            val count = DriverManager.getConnection(place.replace("few", "test")).use { db ->
                db.createStatement().executeQuery(query).use { it.next(); it.getInt(1) }
            }
            assertTrue(count in 1..2, "$count")
        }
    }

    @Test
    fun `many open an empty database at once`() {
        val place = newPlace()
        val failed = ConcurrentLinkedQueue<Throwable>()
        val threads = List(6) {
            thread {
                try {
                    openStore(place).use { it.bump("counter", 0, 1) }
                } catch (error: Throwable) {
                    failed += error
                }
            }
        }
        threads.forEach(Thread::join)
        assertEquals(emptyList<Throwable>(), failed.toList())
        openStore(place).use { assertEquals(7, it.bump("counter", 0, 1)) }
    }

    @Test
    fun `a connection of a pool comes back as it was`() {
        val given = postgres(newPlace())
        PostgresStore(given).use { assertTrue(it.save(made())) }
        given.connection.use { assertTrue(it.autoCommit) }
    }

    @Test
    fun `it says nothing of where it is`() {
        openStore(newPlace()).use { assertFalse("password" in it.toString()) }
    }

    private companion object {
        @JvmStatic
        fun hasServer(): Boolean = PostgresServer.isThere
    }
}
