package io.github.venuekey.stores

/** Where statements run. */
internal interface Database : AutoCloseable {
    /** On a connection, which does not outlive an exception. Once this is closed, it fails, and so does whoever waits for a turn then. */
    fun <T> connected(operation: String, work: (Run) -> T): T

    /** In a transaction that is durable when this returns. */
    fun <T> inTransaction(operation: String, work: (Run) -> T): T

    /** Wakes this process. */
    fun ring()

    fun await(timeoutMs: Long): Boolean
}

private const val HOUR_MS = 3_600_000L
private const val COLUMNS = "id, owner, client, venue, environment, status, revision, sealing_key_id, sealed, label, intent, due_at_ms, " +
    "lease_holder, lease_until_ms, account_hash"
private val MARKS = COLUMNS.split(", ").joinToString(", ") { "?" }
private val INSERT = "($COLUMNS) VALUES ($MARKS) ON CONFLICT (id) DO NOTHING"
private val UPDATE = "SET ${COLUMNS.split(", ").joinToString(", ") { "$it = ?" }}, quarantined = NULL WHERE id = ? AND revision = ?"
/** [Stored.works], as a condition. */
private const val WORKS = "status <> 'ended' AND (intent IS NULL OR quarantined IS NOT NULL)"

/** The statements, the same for SQLite and PostgreSQL. */
internal class SqlTables(prefix: String, private val dialect: Dialect, private val database: Database) : Store {
    private val prefix = Schema.checked(prefix)
    private val rows = "${prefix}connections"

    @Volatile
    private var isOpened = false

    override fun load(id: String): Stored? = read("load", "WHERE id = ?", id).firstOrNull()

    override fun save(row: Row): Boolean {
        var wakes = false
        val won = write("save") { run ->
            val won = if (row.revision == 1L) {
                run("INSERT INTO $rows $INSERT", *valuesOf(row)).changed == 1
            } else {
                run("UPDATE $rows $UPDATE", *valuesOf(row), row.id, row.revision - 1).changed == 1
            }
            wakes = won && row.dueAtMs != null && row.leaseHolder == null
            if (wakes) notify(run)
            won
        }
        if (wakes) database.ring()
        return won
    }

    override fun due(nowMs: Long, limit: Int): List<Stored> =
        read("due", "WHERE due_at_ms <= ? AND quarantined IS NULL ORDER BY due_at_ms, id LIMIT ?", nowMs, limit)

    override fun nextDue(): Long? = look("nextDue") { run ->
        number(run("SELECT min(due_at_ms) FROM $rows WHERE due_at_ms IS NOT NULL AND quarantined IS NULL").rows[0][0])
    }

    override fun find(owner: String): List<Stored> = read("find", "WHERE owner = ? ORDER BY id", owner)

    override fun findAccount(hashes: List<String>, exceptId: String): Boolean {
        if (hashes.isEmpty()) return false
        val marks = hashes.joinToString(", ") { "?" }
        val query = "SELECT 1 FROM $rows WHERE account_hash IN ($marks) AND id <> ? AND $WORKS LIMIT 1"
        return look("findAccount") { run -> run(query, *hashes.toTypedArray(), exceptId).rows.isNotEmpty() }
    }

    override fun delete(id: String, revision: Long): Boolean = write("delete") { run ->
        run("DELETE FROM $rows WHERE id = ? AND revision = ?", id, revision).changed == 1 ||
            run("SELECT 1 FROM $rows WHERE id = ?", id).rows.isEmpty()
    }

    override fun bump(name: String, floor: Long, by: Long): Long = write("bump") { run ->
        val counters = "${prefix}counters"
        val raised = "CASE WHEN $counters.value > ? THEN $counters.value ELSE ? END + ?"
        val query = "INSERT INTO $counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = $raised"
        run(query, name, maxOf(0, floor) + by, floor, floor, by)
        // Its own: the statement before holds the counter until the transaction ends.
        number(run("SELECT value FROM $counters WHERE name = ?", name).rows[0][0])!!
    }

    override fun touch(id: String, lastUsedAtMs: Long) {
        val where = "WHERE id = ? AND (last_used_at_ms IS NULL OR last_used_at_ms <= ?)"
        bestEffort { write("touch") { run -> run("UPDATE $rows SET last_used_at_ms = ? $where", lastUsedAtMs, id, lastUsedAtMs - HOUR_MS) } }
    }

    override fun quarantine(id: String, revision: Long, code: String): Boolean = write("quarantine") { run ->
        run("UPDATE $rows SET status = 'quarantined', quarantined = ? WHERE id = ? AND revision = ?", code, id, revision).changed == 1
    }

    override fun rowsSealedByOthers(keyId: String, limit: Int, afterId: String): List<String> = look("rowsSealedByOthers") { run ->
        val query = "SELECT id FROM $rows WHERE sealing_key_id <> ? AND id > ? ORDER BY id LIMIT ?"
        run(query, keyId, afterId, limit).rows.map { it[0] as String }
    }

    override fun nowMs(): Long? = dialect.nowMs?.let { query -> look("nowMs") { run -> number(run(query).rows[0][0]) } }

    override fun wake() {
        database.ring()
        if (dialect.notify != null) bestEffort { write("wake", ::notify) }
    }

    override fun await(timeoutMs: Long): Boolean = database.await(timeoutMs)

    override fun seen(holder: String, nowMs: Long): Unit = write("seen") { run ->
        val workers = "${prefix}workers"
        val newer = "ON CONFLICT (holder) DO UPDATE SET seen_at_ms = excluded.seen_at_ms"
        run("INSERT INTO $workers (holder, seen_at_ms) VALUES (?, ?) $newer", holder, nowMs)
        // Each start of a worker is another holder.
        run("DELETE FROM $workers WHERE seen_at_ms < ?", nowMs - 24 * HOUR_MS)
    }

    override fun lastSeen(): Long? = look("lastSeen") { run -> number(run("SELECT max(seen_at_ms) FROM ${prefix}workers").rows[0][0]) }

    override fun close() = database.close()

    private fun read(operation: String, where: String, vararg values: Any): List<Stored> = look(operation) { run ->
        run("SELECT $COLUMNS, last_used_at_ms, quarantined FROM $rows $where", *values).rows.map(::storedOf)
    }

    private fun <T> look(operation: String, work: (Run) -> T): T {
        opened()
        return told(operation) { database.connected(operation, work) }
    }

    private fun <T> write(operation: String, work: (Run) -> T): T {
        opened()
        return told(operation) { database.inTransaction(operation, work) }
    }

    /** By the first call, and anew after one that failed: a program may start while its database is down. */
    private fun opened() {
        if (isOpened) return
        told("open") {
            val isCurrent = database.connected("open") { Schema.isCurrent(it, dialect, prefix) }
            if (!isCurrent) database.inTransaction("open") { Schema.migrate(it, dialect, prefix) }
        }
        isOpened = true
    }

    /** Wakes other processes, once the transaction is over. */
    private fun notify(run: Run) {
        dialect.notify?.let { run(it, "${prefix}due") }
    }

    private inline fun bestEffort(work: () -> Unit) {
        try {
            work()
        } catch (_: StoreError) {
            // The next one may work.
        }
    }
}

/** Text sorts behind all numbers in SQLite, whose columns hold anything. */
private fun number(value: Any?): Long? = (value as? Number)?.toLong()

private fun valuesOf(row: Row): Array<Any?> = row.run {
    arrayOf(
        id, owner, client, venue, environment, status, revision, sealingKeyId, sealed, label, intent, dueAtMs, leaseHolder, leaseUntilMs,
        accountHash,
    )
}

/** A column may hold what no store of ours has written, where SQLite let somebody: then the row is told of, and stops no other. */
private fun storedOf(found: List<Any?>): Stored {
    var isWrong = false
    fun maybeText(at: Int) = found[at]?.let { it as? String ?: it.toString().also { isWrong = true } }
    fun text(at: Int) = maybeText(at).orEmpty()
    fun maybeNumber(at: Int) = found[at]?.let { it as? Number ?: null.also { isWrong = true } }?.toLong()
    val row = Row(
        text(0), text(1), text(2), text(3), text(4), text(5), maybeNumber(6) ?: 0, text(7), text(8), maybeText(9), maybeText(10), maybeNumber(11),
        maybeText(12), maybeNumber(13), maybeText(14),
    )
    val (lastUsedAtMs, quarantined) = maybeNumber(15) to maybeText(16)
    return Stored(row, lastUsedAtMs, if (isWrong) WRONG_TYPE else quarantined)
}
