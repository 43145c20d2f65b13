package io.github.venuekey.stores

import java.sql.Connection
import java.sql.Statement

/** In what the databases differ. */
internal class Dialect(
    /** Finds a table by its name. */
    val isThere: String,
    /** Lets one process migrate at a time, where a transaction does not. */
    val lockSchema: String? = null,
    /** Asks for the server's clock. */
    val nowMs: String? = null,
    /** Wakes other processes, once the transaction is over. */
    val notify: String? = null,
)

/** Of a statement. */
internal class Result(
    /** What it found. */
    val rows: List<List<Any?>>,
    /** How many rows it changed. */
    val changed: Int,
)

/** Runs statements on a connection. */
internal class Run(private val connection: Connection) {
    /** The statement holds a ? for each value. */
    operator fun invoke(query: String, vararg values: Any?): Result {
        if (values.isEmpty()) return connection.createStatement().use { resultOf(it, it.execute(query)) }
        return connection.prepareStatement(query).use { statement ->
            values.forEachIndexed { index, value -> statement.setObject(index + 1, value) }
            resultOf(statement, statement.execute())
        }
    }

    private fun resultOf(statement: Statement, hasRows: Boolean): Result {
        if (!hasRows) return Result(emptyList(), statement.updateCount)
        return statement.resultSet.use { found ->
            val columns = 1..found.metaData.columnCount
            val rows = mutableListOf<List<Any?>>()
            while (found.next()) rows += columns.map { found.getObject(it) }
            Result(rows, 0)
        }
    }
}
