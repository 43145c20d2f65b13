package io.github.venuekey.connections

import io.github.venuekey.AccountRead
import io.github.venuekey.Client
import io.github.venuekey.CommonHistoryQuery
import io.github.venuekey.CommonTransactionsQuery
import io.github.venuekey.Page
import io.github.venuekey.ReadKind
import io.github.venuekey.all
import io.github.venuekey.blocking
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** A whole history meets the venue's limits, some of which last a minute. */
internal const val HISTORY_PATIENCE_MS: Long = 120_000

/** How far a history has been read: told after each page, when all of its records have been taken. */
public data class Progress(
    /** So many have been taken. */
    public val records: Long,
    /** The venue's own list that the page is from. */
    public val list: ReadKind,
    /** Where the window begins that the page is from, in Unix milliseconds; null if the list has no windows. */
    public val windowFromMs: Long?,
    /** Where that window ends. */
    public val windowToMs: Long?,
    /** As [History.reachesFromMs]. */
    public val reachesFromMs: Long?,
    /** What the same call goes on with, as its `cursor`; null after the last page. */
    public val cursor: String?,
)

/** Told of progress. */
internal typealias Told = suspend (Progress) -> Unit

/**
 * Records one by one, page after page as they are needed, once: `for (record in account.orders())` in a coroutine, or [asFlow]. Where a
 * page fails, the next record asks for it again, and no record is lost. One coroutine at a time takes them; of several, each record goes
 * to one.
 */
public class History<R : Any> internal constructor(
    private val begin: suspend () -> AccountRead,
    private val page: suspend (AccountRead) -> Page,
    private val progress: Told?,
) {
    private var hasBegun = false
    private var read: AccountRead? = null
    private var current: Page? = null
    private var left: Iterator<Any> = emptyList<Any>().iterator()
    private var taken = 0L

    /** One after the other, whoever asks. */
    private val turns = Mutex()

    @Volatile
    private var isClosed = false

    /**
     * Text that the same call goes on with, as its `cursor`, in any process: from the first page whose records have not all been taken.
     * Take it from `progress`, and no record comes twice. Null after the last page, and before the first record has been asked for. It
     * holds no token, but what was asked for.
     */
    public val cursor: String? get() = read?.cursor()

    /**
     * Since when the venue tells, in Unix milliseconds, where `fromMs` is earlier: nothing from before it comes. Null where the whole
     * span is read; known when the first record has been asked for.
     */
    public var reachesFromMs: Long? = null
        private set

    /** For the loop: whether there is another record. It asks the venue if it has to. */
    public suspend operator fun hasNext(): Boolean {
        started()
        return turns.withLock { found() }
    }

    private suspend fun found(): Boolean {
        while (!isClosed) {
            if (isLeft()) return true
            turn()
            val following = read
            if (following == null || isClosed) break
            val brought = page(following)
            synchronized(this) {
                current = brought
                left = brought.records.all.iterator()
            }
        }
        return false
    }

    @Synchronized
    private fun isLeft(): Boolean = left.hasNext()

    /**
     * For the loop: the record that [hasNext] has found.
     *
     * @throws VenuekeyException `wrong_state` where another coroutine has taken it.
     */
    @Synchronized
    public operator fun next(): R = poll() ?: throw misuse("wrong_state", "another coroutine has taken the record: ask hasNext first, one at a time")

    /** The next record of the page; null where none is left. */
    @Synchronized
    @Suppress("UNCHECKED_CAST")
    internal fun poll(): R? = if (left.hasNext()) (left.next() as R).also { taken++ } else null

    /** For the loop: itself. */
    public operator fun iterator(): History<R> = this

    /** The same records: whoever collects takes them. */
    public fun asFlow(): Flow<R> = flow { while (hasNext()) poll()?.let { emit(it) } }

    /** Ends it, from any thread: a page that is under way is waited for, and its records are not given out. */
    public fun close() {
        isClosed = true
    }

    internal suspend fun started(): Unit = turns.withLock {
        if (hasBegun) return@withLock
        read = begin().also { reachesFromMs = it.reachesFromMs }
        hasBegun = true
    }

    /** Leaves the page that has been taken, if there is one. */
    private suspend fun turn() {
        val (done, from) = (current ?: return) to read!!
        current = null
        read = done.next
        progress?.invoke(Progress(taken, from.list, from.windowFromMs, from.windowToMs, reachesFromMs, cursor))
    }

    override fun toString(): String = "History(${read?.kind?.let(::word) ?: "not begun, or ended"})"
}

/**
 * [History] for threads and for Java: each page is fetched when it is needed, and that blocks. It is read once, in any number of loops;
 * of threads that share it, each record goes to one.
 */
public class HistoryBlocking<R : Any> internal constructor(
    /** The same history, for coroutines. */
    public val history: History<R>,
) : Iterable<R>, AutoCloseable {
    init {
        blocking { history.started() }
    }

    /** As [History.cursor]. */
    public val cursor: String? get() = history.cursor

    /** As [History.reachesFromMs]. */
    public val reachesFromMs: Long? get() = history.reachesFromMs

    override fun iterator(): Iterator<R> = object : Iterator<R> {
        override fun hasNext(): Boolean = blocking { history.hasNext() }

        override fun next(): R {
            // Another thread may take what was found.
            while (hasNext()) history.poll()?.let { return it }
            throw NoSuchElementException()
        }
    }

    /** As [History.close]. */
    override fun close(): Unit = history.close()

    override fun toString(): String = history.toString()
}

/** A common read of this kind, from its beginning or from its cursor. */
internal fun begun(client: Client, kind: ReadKind, cursor: String?, query: CommonTransactionsQuery, nowMs: Long): AccountRead {
    if (cursor == null) {
        val span = CommonHistoryQuery(query.fromMs, query.toMs)
        return when (kind) {
            ReadKind.COMMON_BALANCES -> client.readCommonBalances()
            ReadKind.COMMON_TRANSACTIONS -> client.readCommonTransactions(query, nowMs)
            ReadKind.COMMON_ORDERS -> client.readCommonOrders(span, nowMs)
            ReadKind.COMMON_TRADES -> client.readCommonTrades(span, nowMs)
            else -> error("${word(kind)} is a venue's own")
        }
    }
    if (query != CommonTransactionsQuery()) throw wrong("a cursor already has its query: leave out kind, fromMs, toMs")
    val read = client.resumeRead(cursor)
    if (read.kind != kind) throw wrong("the cursor is of ${word(read.kind)}, not of ${word(kind)}")
    return read
}
