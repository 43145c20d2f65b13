package io.github.venuekey.stores

import java.io.File
import java.io.IOException
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.sql.Connection
import java.sql.SQLException
import java.util.concurrent.locks.ReentrantLock
import javax.sql.DataSource
import kotlin.concurrent.withLock

/**
 * A store in an SQLite file on a disk of this machine: for its threads and processes. The file is made where it is not there
 * yet; `-wal` and `-shm` stand beside it and belong to it.
 *
 * It opens its database with the first call, and anew after one that has failed, and keeps one connection open. Each process
 * has its own store.
 *
 * @param dataSource such as `org.sqlite.SQLiteDataSource` of `org.xerial:sqlite-jdbc`, with a URL like `jdbc:sqlite:connections.db`. A
 *   database in memory is refused by the first call: connections outlive the process.
 * @param prefix of the tables' names.
 * @throws IllegalArgumentException the prefix is no name.
 */
public class SQLiteStore private constructor(private val file: SQLiteFile, prefix: String) : Store by SqlTables(prefix, DIALECT, file) {
    @JvmOverloads
    public constructor(dataSource: DataSource, prefix: String = "venuekey_") : this(SQLiteFile(dataSource), prefix)

    override fun toString(): String = "SQLiteStore(${file.path ?: "not opened yet"})"

    private companion object {
        val DIALECT = Dialect("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
    }
}

/** How long a call waits for other processes' transactions. */
private const val PATIENCE_MS = 30_000L
private const val BUSY = 5

/** One connection, and whose turn it is to have it: SQLite has one writer at a time. */
internal class SQLiteFile(private val dataSource: DataSource) : Database {
    private val turn = ReentrantLock()
    private val alarm = Alarm()
    private var connection: Connection? = null
    private var isClosed = false

    @Volatile
    var path: String? = null
        private set

    override fun <T> connected(operation: String, work: (Run) -> T): T = turn.withLock {
        if (isClosed) throw StoreError(operation, "it is closed")
        try {
            work(Run(connection ?: opened().also { connection = it }))
        } catch (error: Throwable) {
            drop()
            throw error
        }
    }

    override fun <T> inTransaction(operation: String, work: (Run) -> T): T = connected(operation) { run ->
        run("BEGIN IMMEDIATE")
        work(run).also { run("COMMIT") }
    }

    override fun ring() = alarm.ring()

    override fun await(timeoutMs: Long): Boolean = alarm.await(timeoutMs)

    override fun close() = turn.withLock {
        isClosed = true
        drop()
    }

    private fun drop() {
        try {
            connection?.close()
        } catch (_: SQLException) {
            // It is of no use any more.
        }
        connection = null
    }

    private fun opened(): Connection {
        val opened = dataSource.connection
        try {
            opened.autoCommit = true
            val run = Run(opened)
            val where = run("PRAGMA database_list").rows.first { it[1] == "main" }[2] as String?
            if (where.isNullOrEmpty()) throw StoreError("open", "a store is a file: what is in memory alone is lost with its process")
            ownersOnly(File(where))
            path = where
            run("PRAGMA busy_timeout = $PATIENCE_MS")
            writeAhead(run)
            for (setting in listOf("synchronous = FULL", "fullfsync = ON", "secure_delete = ON")) run("PRAGMA $setting")
            return opened
        } catch (error: Throwable) {
            opened.close()
            throw error
        }
    }

    /** SQLite would let others read it, as far as the umask does. One that holds something already is as its owner wants it. */
    private fun ownersOnly(file: File) {
        try {
            if (file.length() == 0L) Files.setPosixFilePermissions(file.toPath(), PosixFilePermissions.fromString("rw-------"))
        } catch (_: UnsupportedOperationException) {
            // Windows has none.
        } catch (_: IOException) {
            // SQLite makes it by its first write, and says what is wrong with it.
        }
    }

    /** Of processes that start at once, one changes the new file; SQLite doesn't let the others wait here. */
    private fun writeAhead(run: Run) {
        val deadline = System.nanoTime() + PATIENCE_MS * 1_000_000
        while (true) {
            try {
                val mode = run("PRAGMA journal_mode = WAL").rows.single()[0]
                if (mode != "wal") throw SQLException("no write-ahead log", "0A000")
                return
            } catch (error: SQLException) {
                if (error.errorCode and 0xff != BUSY || System.nanoTime() > deadline) throw error
                Thread.sleep(20)
            }
        }
    }
}
