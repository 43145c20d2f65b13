package io.github.venuekey.stores

import java.sql.Connection
import java.sql.SQLException
import java.util.concurrent.ConcurrentLinkedDeque
import java.util.concurrent.Executor
import java.util.concurrent.Semaphore
import javax.sql.DataSource

/**
 * A store in a PostgreSQL database: for the processes of any number of machines. Its tables are made where they are not there
 * yet.
 *
 * It opens its database with the first call, and anew after one that has failed. It keeps its connections open, up to
 * `maxConnections`, so that its saves are never part of your transactions; one more listens where [await] is called. A pooler in
 * transaction mode is fine; workers of other processes are then not woken, and look each second.
 *
 * @param dataSource such as `org.postgresql.ds.PGSimpleDataSource`, or a pool. Its `currentSchema` chooses the schema.
 * @param prefix of the tables' names.
 * @param maxConnections how many calls run at once.
 * @throws IllegalArgumentException the prefix is no name, or there is to be no connection.
 */
public class PostgresStore private constructor(server: PostgresServer, prefix: String) : Store by SqlTables(prefix, DIALECT, server) {
    @JvmOverloads
    public constructor(dataSource: DataSource, prefix: String = "venuekey_", maxConnections: Int = 4) :
        this(PostgresServer(dataSource, "${Schema.checked(prefix)}due", maxConnections), prefix)

    override fun toString(): String = "PostgresStore"

    private companion object {
        val DIALECT = Dialect(
            // Not `to_regclass`: after the wait for that lock it may not know yet what the other process has made.
            isThere = "SELECT 1 FROM pg_catalog.pg_class WHERE relname = ? AND pg_catalog.pg_table_is_visible(oid)",
            lockSchema = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))",
            nowMs = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
            notify = "SELECT pg_notify(?, '')",
        )
    }
}

/** A connection that has broken without a word is found out after so long. */
private const val SILENCE_MS = 30_000
// Whatever the session says of it.
private const val DURABLE = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on"
private val DIRECTLY = Executor { it.run() }

/** The connections that are idle, and whose turn it is to have one. */
internal class PostgresServer(private val dataSource: DataSource, channel: String, maxConnections: Int) : Database {
    private val turn: Semaphore
    private val idle = ConcurrentLinkedDeque<Connection>()
    private val alarm = Alarm()
    private val ears = Ears(::opened, channel, alarm)

    @Volatile
    private var isClosed = false

    init {
        require(maxConnections >= 1) { "maxConnections must be 1 or more" }
        turn = Semaphore(maxConnections, true)
    }

    override fun <T> connected(operation: String, work: (Run) -> T): T = taken(operation) { work(Run(it)) }

    override fun <T> inTransaction(operation: String, work: (Run) -> T): T = taken(operation) { connection ->
        connection.autoCommit = false
        val run = Run(connection)
        run(DURABLE)
        work(run).also {
            connection.commit()
            connection.autoCommit = true
        }
    }

    override fun ring() = alarm.ring()

    override fun await(timeoutMs: Long): Boolean {
        ears.open()
        return alarm.await(timeoutMs)
    }

    override fun close() {
        isClosed = true
        ears.close()
        drop()
    }

    private fun <T> taken(operation: String, work: (Connection) -> T): T {
        turn.acquireUninterruptibly()
        try {
            if (isClosed) throw StoreError(operation, "it is closed")
            val connection = idle.pollLast() ?: opened()
            try {
                return work(connection).also { idle.addLast(connection) }
            } catch (error: Throwable) {
                ended(connection)
                // What has broken it may have broken the others.
                drop()
                throw error
            } finally {
                if (isClosed) drop()
            }
        } finally {
            turn.release()
        }
    }

    private fun opened(): Connection {
        val opened = dataSource.connection
        try {
            opened.autoCommit = true
            opened.setNetworkTimeout(DIRECTLY, SILENCE_MS)
            return opened
        } catch (error: Throwable) {
            ended(opened)
            throw error
        }
    }

    private fun drop() {
        while (true) ended(idle.pollLast() ?: return)
    }

    /** Nothing that it has begun is left, whatever a pool does with it. */
    private fun ended(connection: Connection) {
        try {
            connection.use { if (!it.autoCommit) it.rollback() }
        } catch (_: SQLException) {
            // It is of no use any more.
        }
    }
}
