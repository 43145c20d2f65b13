package io.github.venuekey.stores

/** The tables, the same for SQLite and PostgreSQL, and for every language's stores. */
internal object Schema {
    /** What leads from each version to the next; the first begins with nothing. */
    private val MIGRATIONS: List<List<String>> = listOf(
        listOf(
            """CREATE TABLE {0}connections (id TEXT PRIMARY KEY, owner TEXT NOT NULL, client TEXT NOT NULL, label TEXT,
                venue TEXT NOT NULL, environment TEXT NOT NULL, status TEXT NOT NULL, intent TEXT, due_at_ms BIGINT,
                lease_holder TEXT, lease_until_ms BIGINT, revision BIGINT NOT NULL, sealing_key_id TEXT NOT NULL,
                account_hash TEXT, sealed TEXT NOT NULL, last_used_at_ms BIGINT, quarantined TEXT)""",
            """CREATE INDEX {0}connections_due ON {0}connections (due_at_ms, id)
                WHERE due_at_ms IS NOT NULL AND quarantined IS NULL""",
            """CREATE INDEX {0}connections_owner ON {0}connections (owner)""",
            """CREATE INDEX {0}connections_account ON {0}connections (account_hash) WHERE account_hash IS NOT NULL""",
            """CREATE INDEX {0}connections_key ON {0}connections (sealing_key_id, id)""",
            """CREATE TABLE {0}counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)""",
            """CREATE TABLE {0}workers (holder TEXT PRIMARY KEY, seen_at_ms BIGINT NOT NULL)""",
            """CREATE TABLE {0}schema (version INTEGER NOT NULL)""",
            """INSERT INTO {0}schema VALUES (0)""",
        ),
    )

    private val PREFIX = Regex("[a-z_][a-z0-9_]{0,30}")

    /** Of table names, which are put into statements as they are. */
    fun checked(prefix: String): String {
        require(PREFIX.matches(prefix)) { "a prefix is up to 31 of a-z, 0-9 and _, and begins with no digit" }
        return prefix
    }

    /** In the transaction of `run`; one process at a time. */
    fun migrate(run: Run, dialect: Dialect, prefix: String) {
        dialect.lockSchema?.let { run(it, "${prefix}schema") }
        val version = version(run, dialect, prefix)
        if (isCurrent(version)) return
        for (statement in MIGRATIONS.drop(version ?: 0).flatten()) run(statement.replace("{0}", prefix).replace(Regex("\\s+"), " "))
        run("UPDATE ${prefix}schema SET version = ?", MIGRATIONS.size)
    }

    /** Whether there is nothing to migrate. A newer release's tables are left alone. */
    fun isCurrent(run: Run, dialect: Dialect, prefix: String): Boolean = isCurrent(version(run, dialect, prefix))

    private fun isCurrent(version: Int?): Boolean {
        if ((version ?: 0) > MIGRATIONS.size) {
            throw StoreError("open", "its schema is version $version, and this release knows ${MIGRATIONS.size} at most")
        }
        return version == MIGRATIONS.size
    }

    /** Null if there is none. */
    private fun version(run: Run, dialect: Dialect, prefix: String): Int? {
        if (run(dialect.isThere, "${prefix}schema").rows.isEmpty()) return null
        val found = run("SELECT version FROM ${prefix}schema").rows.firstOrNull()
            ?: throw StoreError("open", "${prefix}schema has no row: let the library make its tables")
        return (found[0] as Number).toInt()
    }
}
