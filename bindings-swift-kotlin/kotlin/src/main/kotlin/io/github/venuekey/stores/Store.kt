package io.github.venuekey.stores

/**
 * A store of connections, shared by any number of threads and processes: [SQLiteStore], [PostgresStore], or one of your own
 * that passes `StoreConformance` of the artefact `venuekey-conformance`.
 *
 * Its calls block; `Connections` makes them on threads for that. Every call but [touch], [wake] and [await] throws
 * [StoreError] where the database fails. Times are Unix milliseconds.
 */
public interface Store : AutoCloseable {
    /** The row as it was saved last; null if there is none. */
    public fun load(id: String): Stored?

    /**
     * Stores the row if the stored revision is `row.revision - 1`, or, for revision 1, if there is no row. Returns whether
     * it did.
     *
     * It is atomic and durable when it returns, and never part of a transaction of the caller. A won save ends a quarantine,
     * and wakes workers where the row is due some time and nobody holds its lease.
     */
    public fun save(row: Row): Boolean

    /**
     * Rows whose [Row.dueAtMs] has come, those due longest first, none that is quarantined. It only reads, so several workers
     * may be given the same row.
     */
    public fun due(nowMs: Long, limit: Int): List<Stored>

    /** The earliest [Row.dueAtMs] of all rows that are not quarantined; null if there is none. */
    public fun nextDue(): Long?

    /** The owner's rows. */
    public fun find(owner: String): List<Stored>

    /**
     * Whether another row than [exceptId] has one of these as its [Row.accountHash]: one whose [Row.status] is not `"ended"` and
     * that is not about to end, so has no [Row.intent]. A quarantined row counts whatever its intent.
     */
    public fun findAccount(hashes: List<String>, exceptId: String): Boolean

    /** Deletes the row if its revision is that one. Returns whether there is no such row now. */
    public fun delete(id: String, revision: Long): Boolean

    /**
     * Raises the counter to `max(counter, floor) + by` and returns that; atomic, and durable when it returns. A counter that
     * is not there yet counts as 0.
     */
    public fun bump(name: String, floor: Long, by: Long): Long

    /**
     * Keeps when the credentials were last used, where what is kept is an hour older or nothing. Best effort: it never throws,
     * and leaves row and revision alone.
     */
    public fun touch(id: String, lastUsedAtMs: Long)

    /**
     * Takes the row out of [due] until it is saved again; its status is `quarantined`, the rest stays as it is. Returns whether
     * its revision was that one.
     */
    public fun quarantine(id: String, revision: Long, code: String): Boolean

    /** Ids of rows that another key than this one has sealed, in their order, from those after [afterId] on. */
    public fun rowsSealedByOthers(keyId: String, limit: Int, afterId: String): List<String>

    /** The store's own clock; null if it has none, and the host's counts. */
    public fun nowMs(): Long?

    /** Ends [await] in the workers that the store can reach. Best effort: it never throws. */
    public fun wake()

    /**
     * Waits for up to so many milliseconds until a save makes a row due. Returns whether it was woken. (The JVM's objects all
     * have a `wait` already.)
     *
     * Whoever waits looks again each second or so all the same: a lost wake loses nothing. One that comes while nobody waits
     * ends the next wait.
     */
    public fun await(timeoutMs: Long): Boolean

    /** A worker says that it has looked. */
    public fun seen(holder: String, nowMs: Long)

    /** The newest time at which any worker has looked; null if none has. */
    public fun lastSeen(): Long?

    /** Gives back what the store holds. It can't be used after that. */
    override fun close()
}
