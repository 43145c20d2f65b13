package io.github.venuekey.stores

import io.github.venuekey.support.Program
import java.io.File
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.sql.Connection
import java.sql.DriverManager
import java.util.concurrent.atomic.AtomicInteger
import javax.sql.DataSource
import kotlin.concurrent.thread
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.sqlite.SQLiteDataSource

private fun sqlite(path: String) = SQLiteDataSource().apply { url = "jdbc:sqlite:$path" }

class SQLiteStoreTest : StoreConformance() {
    override fun newPlace(): String = Files.createTempDirectory("venuekey-store-").resolve("connections.db").toString()

    override fun openStore(place: String): Store = SQLiteStore(sqlite(place))

    override fun removePlace(place: String) {
        File(place).parentFile.deleteRecursively()
    }

    /** No file of this process grows past its first byte. */
    override fun failing(place: String): AutoCloseable {
        limitFiles("1")
        return AutoCloseable { limitFiles("unlimited") }
    }

    private fun limitFiles(bytes: String) {
        val command = listOf("prlimit", "--pid", "${ProcessHandle.current().pid()}", "--fsize=$bytes:")
        Program(command).use { assertEquals(0, it.ended(), it.lines.toString()) }
    }

    private fun <T> told(place: String, query: String): T = DriverManager.getConnection("jdbc:sqlite:$place").use { db ->
        db.createStatement().use { statement ->
            @Suppress("UNCHECKED_CAST")
            if (statement.execute(query)) statement.resultSet.use { it.next(); it.getObject(1) as T } else Unit as T
        }
    }

    @Test
    fun `nobody else can read the file, and a save waits for the disk`() {
        val place = newPlace()
        openStore(place).use { store ->
            assertTrue(store.save(made()))
            for (file in listOf(place, "$place-wal", "$place-shm")) {
                assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(File(file).toPath())), file)
            }
            assertEquals("wal", told<String>(place, "PRAGMA journal_mode"))
        }
        removePlace(place)
    }

    @Test
    fun `a file of somebody else's keeps its mode`() {
        val place = newPlace()
        told<Unit>(place, "CREATE TABLE theirs (id TEXT)")
        Files.setPosixFilePermissions(File(place).toPath(), PosixFilePermissions.fromString("rw-r-----"))
        openStore(place).use { assertTrue(it.save(made())) }
        assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(File(place).toPath())))
        removePlace(place)
    }

    /** A worker that has ended may have a last call under way. */
    @Test
    fun `a call that is under way while the store is closed leaves nothing open`() {
        val place = newPlace()
        openStore(place).use { it.load("id") }
        val open = AtomicInteger()
        val counted = object : DataSource by sqlite(place) {
            override fun getConnection(): Connection {
                val real = DriverManager.getConnection("jdbc:sqlite:$place")
                open.incrementAndGet()
                return object : Connection by real {
                    override fun close() = real.close().also { open.decrementAndGet() }
                }
            }
        }
        repeat(300) {
            val store = SQLiteStore(counted)
            val callers = List(2) { thread { runCatching { while (true) store.load("id") } } }
            while (open.get() == 0) Thread.onSpinWait()
            store.close()
            callers.forEach(Thread::join)
            assertEquals(0, open.get())
        }
        removePlace(place)
    }

    @Test
    fun `a database in memory is refused`() {
        val error = assertThrows(StoreError::class.java) { SQLiteStore(sqlite(":memory:")).use { it.load("id") } }
        assertEquals("open", error.operation)
    }

    @Test
    fun `a newer schema is refused and left alone`() {
        val place = newPlace()
        openStore(place).use { it.save(made()) }
        told<Unit>(place, "UPDATE venuekey_schema SET version = 9")
        val error = assertThrows(StoreError::class.java) { openStore(place).use { it.find("owner") } }
        assertEquals("the store's open failed: its schema is version 9, and this release knows 1 at most", error.message)
        assertEquals(1, told<Int>(place, "SELECT count(*) FROM venuekey_connections"))
        removePlace(place)
    }

    @Test
    fun `a prefix of one's own keeps two stores in a file apart`() {
        val place = newPlace()
        val row = made()
        SQLiteStore(sqlite(place), "one_").use { one ->
            SQLiteStore(sqlite(place), "two_").use { two ->
                assertTrue(one.save(row))
                assertEquals(null, two.load(row.id))
            }
        }
        assertThrows(IllegalArgumentException::class.java) { SQLiteStore(sqlite(place), "a; b") }
        removePlace(place)
    }

    @Test
    fun `it says where it is, and a row says no more than it must`() {
        val place = newPlace()
        openStore(place).use { store ->
            assertEquals("SQLiteStore(not opened yet)", store.toString())
            store.load("id")
            assertEquals("SQLiteStore($place)", store.toString())
        }
        assertTrue("hidden" !in made().copy(owner = "hidden", sealed = "hidden").toString())
        removePlace(place)
    }
}
