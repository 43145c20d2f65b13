package io.github.venuekey.connections

import io.github.venuekey.Access
import io.github.venuekey.AccountRead
import io.github.venuekey.CommonBalance
import io.github.venuekey.CommonOrder
import io.github.venuekey.CommonTrade
import io.github.venuekey.CommonTransaction
import io.github.venuekey.CommonTransactionsQuery
import io.github.venuekey.ConnectionDriver
import io.github.venuekey.HttpMethod
import io.github.venuekey.NoResponse
import io.github.venuekey.Page
import io.github.venuekey.ReadKind
import io.github.venuekey.SignedReply
import io.github.venuekey.Signer
import io.github.venuekey.TransactionKind
import io.github.venuekey.VenueConnection
import io.github.venuekey.VenueRequest
import io.github.venuekey.VenueResponse
import io.github.venuekey.VenuekeyException
import io.github.venuekey.VenuekeyFailure
import io.github.venuekey.all
import io.github.venuekey.check
import io.github.venuekey.sent
import io.github.venuekey.shielded
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** The venue refused the request for its number or time: it has had no effect, and another number helps. */
private val SIGN_AGAIN = setOf("nonce_rejected", "clock_rejected")
/** The venue lets nothing through for a while: of a number it says so by the status alone. */
private val LIMITED = setOf("rate_limited", "nonce_rejected")
private const val LONGEST_WAIT_MS = 30_000L
private const val TOLD_FROM_MS = 5_000L
private const val TRIES = 3
/** So often is a request sent at most that the venue's limits refuse, whatever the venue says of how long to wait. */
private const val TRIES_LIMITED = 10

/** What a session has of its `Connections`. */
internal class Session(val hands: Hands, val budget: Budget, val uses: Uses)

/**
 * What can be done with one connection, by `Connections.account`. Any number of coroutines may share it; threads and Java have
 * [AccountBlocking].
 *
 * Every call throws [ConnectionNotFound] if its row is gone, and `StoreError` if the store failed: nothing was sent then, or
 * what a refresh has brought is stored all the same. A call that is cancelled gives up its waits; what may have taken effect is
 * waited for first, and what a refresh brought is stored.
 */
public class Account internal constructor(
    /** The connection's id. */
    public val id: String,
    private val owner: String?,
    private val session: Session,
) {
    private val hands = session.hands
    private val rows = hands.rows
    private val holder = newHolder()

    /** Where the connection stands now. */
    public suspend fun view(): ConnectionView = rows.look(rows.stored(id, owner))

    /**
     * Asks the venue whether the connection still works, for a button such as "Test connection", and returns where it stands then: a key
     * makes a signed request that only reads, tokens are refreshed if due. What the venue says against the key or the tokens is in the
     * view's `status` and `error`, and is not thrown.
     *
     * @param patienceMs how long to wait for the venue's limits.
     * @throws NoResponse no reply came, so nothing is known.
     * @throws VenuekeyException the venue could not say, such as `venue_unavailable` or `rate_limited`.
     */
    public suspend fun check(patienceMs: Long = PATIENCE_MS): ConnectionView {
        try {
            val connection = driven(null, patienceMs).connection
            connection.signer()?.let { signer -> signed(connection, signer, patienceMs, { signer.probe(it) }, signer::receiveProbe) }
        } catch (error: VenuekeyException) {
            // With an attempt, the error would be about that.
            return view().also { if (it.error == null || it.attempt != null) throw error }
        }
        return view()
    }

    /**
     * Tokens that work now: `tokens` for requests, `generation` for [tokenRefused]. They are refreshed first if that is due, by
     * this call or by a worker.
     *
     * @param patienceMs how long to wait while no token works and none can be had.
     * @throws VenuekeyException `not_supported` if the connection has a key: use [call]. What the user must do; or what stood in
     *   the way for longer than [patienceMs].
     */
    public suspend fun tokens(patienceMs: Long = PATIENCE_MS): Access.Tokens = tokensFor(null, patienceMs)

    /**
     * Other tokens, after the venue has refused those of this generation with 401 or 403. If they were replaced meanwhile, the
     * new ones at once.
     */
    public suspend fun tokenRefused(generation: Long, patienceMs: Long = PATIENCE_MS): Access.Tokens = tokensFor(generation, patienceMs)

    /**
     * A signed request and its reply. Nonces, the venue's clock and its limits are taken care of.
     *
     * It is sent once. If the venue refuses it for its nonce or its time, it has had no effect, and it is signed and sent again,
     * three times in all; where the venue refuses it for its limits and says how long to wait, it is sent after that, while
     * [patienceMs] lasts.
     *
     * @param parameters JSON, in the order in which they are to be sent.
     * @param patienceMs how long to wait for the venue's limits in all.
     * @throws NoResponse no whole reply came. A request that changes something may have done so: ask the venue before you send it
     *   again.
     * @throws VenuekeyException what the venue said, or what the user must do; `rate_limited` if the limits let nothing through
     *   for longer than [patienceMs]; `not_supported` if the connection has tokens and no key: use [tokens].
     */
    public suspend fun call(method: HttpMethod, path: String, parameters: String = "{}", patienceMs: Long = PATIENCE_MS): SignedReply {
        val connection = driven(null, patienceMs).connection
        val signer = connection.signer() ?: throw misuse("not_supported", "this connection has tokens and no key: use tokens")
        return signed(connection, signer, patienceMs, { signer.sign(method, path, parameters, it) }, signer::receiveResponse)
    }

    /**
     * A read page by page, with what the connection has: tokens or a key. Nothing is asked for before it is needed. After each page,
     * `page.next?.cursor()` is what another process goes on with, by `Client.resumeRead`.
     *
     * @param read what one of the client's reads returned.
     * @param patienceMs how long to wait, for each page, for the venue's limits and through its failures.
     * @throws VenuekeyException `history_too_long`, after every record that the venue shows; `not_supported` if the venue has no
     *   such read for what the connection has; what the venue said, or what the user must do.
     * @throws NoResponse no reply, five times in a row.
     */
    public fun pages(read: AccountRead, patienceMs: Long = PATIENCE_MS): Flow<Page> = flow {
        var next: AccountRead? = read
        while (next != null) {
            val page = page(next, patienceMs)
            emit(page)
            next = page.next
        }
    }

    /**
     * Every record of a read, one by one: `account.records<Deal>(client.readDeals()).collect { println(it.amount) }`. Otherwise as
     * [pages].
     *
     * @throws IllegalArgumentException if [R] is not what this read brings.
     */
    public inline fun <reified R : Any> records(read: AccountRead, patienceMs: Long = 30_000): Flow<R> {
        check(read, R::class.java)
        return flow { pages(read, patienceMs).collect { page -> for (record in page.records.all) emit(record as R) } }
    }

    /** The page that a read is at; otherwise as [pages]. */
    public suspend fun page(read: AccountRead, patienceMs: Long = PATIENCE_MS): Page = pageOf(read.boundTo(id), patienceMs)

    private suspend fun pageOf(read: AccountRead, patienceMs: Long): Page {
        val attempt = Attempt()
        var leftMs = checkPatience(patienceMs)
        while (true) {
            val driver = try {
                driven(attempt.refused, patienceMs)
            } catch (error: VenuekeyException) {
                throw attempt.withScope(error, read)
            }
            val signer = driver.connection.signer()
            val waitMs = try {
                if (signer != null) return signed(driver.connection, signer, leftMs, { read.sign(signer, it) }, read::receiveSigned)
                val request = read.request(attempt.uses(driver.access as Access.Tokens))
                leftMs -= session.budget.wait(request, leftMs)
                return read.receive(sent(hands.send, request))
            } catch (error: VenuekeyFailure) {
                if (error is VenuekeyException && signer != null && error.code != "venue_unavailable") throw error
                attempt.waitMs(error).also { leftMs -= it }.also { if (leftMs < 0) throw error }
            }
            if (waitMs > 0) pause(waitMs)
        }
    }

    /**
     * What the account holds, in all the accounts that the venue tells of. Currencies with nothing are left out.
     *
     * @param cursor goes on where an earlier call's [History.cursor] stands.
     * @param progress called after each page, when its records have been taken.
     * @param patienceMs how long to wait, for each page, for the venue's limits and through its failures.
     * @throws VenuekeyException with the first record: `invalid_argument`, with a hint at the rule; `snapshot_invalid`,
     *   `snapshot_version` or `snapshot_mismatch` for the cursor; and what [records] throws.
     */
    public fun balances(cursor: String? = null, progress: (suspend (Progress) -> Unit)? = null, patienceMs: Long = HISTORY_PATIENCE_MS): History<CommonBalance> =
        history(ReadKind.COMMON_BALANCES, CommonTransactionsQuery(), cursor, progress, patienceMs)

    /**
     * Deposits, withdrawals, and transfers between the user's own accounts if the venue tells them: list by list, the newest first in
     * each page.
     *
     * @param kind all that the venue tells if left out. A key of a sub-account at Bybit reads no withdrawals: ask for the other kinds,
     *   one by one.
     * @param fromMs Unix milliseconds, the first of the span; a year ago, or before [toMs], if left out. If the venue reaches less
     *   far back, the history begins later, and [History.reachesFromMs] says so.
     * @param toMs Unix milliseconds, the first behind the span; now if left out or later than now.
     * @param cursor goes on where an earlier call's [History.cursor] stands, without the arguments above; of the same connection.
     * @throws VenuekeyException as [balances]; `not_supported` for a kind that the venue does not report.
     */
    public fun transactions(
        kind: TransactionKind? = null,
        fromMs: Long? = null,
        toMs: Long? = null,
        cursor: String? = null,
        progress: (suspend (Progress) -> Unit)? = null,
        patienceMs: Long = HISTORY_PATIENCE_MS,
    ): History<CommonTransaction> =
        history(ReadKind.COMMON_TRANSACTIONS, CommonTransactionsQuery(kind, fromMs, toMs), cursor, progress, patienceMs)

    /**
     * Orders that have ended. The venue forgets those without a fill first; see `Client.readOrderHistory`. Otherwise as [transactions].
     */
    public fun orders(
        fromMs: Long? = null,
        toMs: Long? = null,
        cursor: String? = null,
        progress: (suspend (Progress) -> Unit)? = null,
        patienceMs: Long = HISTORY_PATIENCE_MS,
    ): History<CommonOrder> =
        history(ReadKind.COMMON_ORDERS, CommonTransactionsQuery(null, fromMs, toMs), cursor, progress, patienceMs)

    /** Trades of the user's orders. Otherwise as [transactions]. */
    public fun trades(
        fromMs: Long? = null,
        toMs: Long? = null,
        cursor: String? = null,
        progress: (suspend (Progress) -> Unit)? = null,
        patienceMs: Long = HISTORY_PATIENCE_MS,
    ): History<CommonTrade> =
        history(ReadKind.COMMON_TRADES, CommonTransactionsQuery(null, fromMs, toMs), cursor, progress, patienceMs)

    private fun <R : Any> history(
        kind: ReadKind,
        query: CommonTransactionsQuery,
        cursor: String?,
        progress: Told?,
        patienceMs: Long,
    ): History<R> {
        checkPatience(patienceMs)
        val begin = suspend { begun(rows.client(rows.stored(id, owner).row.client), kind, cursor, query, rows.nowMs()).boundTo(id) }
        return History(begin, { page(it, patienceMs) }, progress)
    }

    /** One signed request, as [call] has it. */
    private suspend fun <T> signed(
        connection: VenueConnection,
        signer: Signer,
        patienceMs: Long,
        sign: (Long) -> VenueRequest,
        receive: (VenueResponse) -> T,
    ): T {
        var (anew, refused, limited) = Triple(false, 0, 0)
        var leftMs = patienceMs
        suspend fun signed(): VenueRequest {
            val drawn = hands.nonce(connection, signer, leftMs, anew)
            leftMs -= drawn.waitedMs
            return sign(drawn.nonceMs)
        }
        while (true) {
            var request = signed()
            val waitedMs = session.budget.wait(request, leftMs)
            if (waitedMs > 0) {
                leftMs -= waitedMs
                // A number that has waited for its turn may be too old.
                anew = false
                request = signed()
            }
            try {
                return receive(sent(hands.send, request)).also { session.uses.note(id) }
            } catch (error: VenuekeyException) {
                anew = error.code in SIGN_AGAIN
                // A request that the limits refuse has no effect. Each wait is longer: the venue's advice is to double them.
                val waitMs = error.details.retryAfterMs?.takeIf { error.code in LIMITED }
                    ?.let { maxOf(it, minOf(1000L shl limited, LONGEST_WAIT_MS)) }
                if (waitMs == null && anew && ++refused < TRIES) continue
                if (waitMs == null || waitMs > leftMs || ++limited >= TRIES_LIMITED) {
                    learn(error, connection.nonceCounter)
                    throw error
                }
                leftMs -= waitMs
                pause(waitMs)
            }
        }
    }

    /** Some limits last a minute, and nothing comes meanwhile: the log says why. */
    private suspend fun pause(waitMs: Long) {
        if (waitMs >= TOLD_FROM_MS) Log.info("connection $id: asked again in ${waitMs / 1000} s, as the venue's limits or its trouble want it")
        hands.sleep(waitMs)
    }

    /**
     * A key that no longer works is written down, so that the user is asked; the caller hears of it either way. Of another key, which the
     * row may have by now, it says nothing: each has a counter of its own.
     */
    private suspend fun learn(error: VenuekeyException, counter: String?) {
        try {
            shielded {
                rows.apply(id, owner) { connection, nowMs ->
                    if (connection.nonceCounter == counter) connection.keyRefused(error, nowMs) else connection
                }
            }
        } catch (failure: Exception) {
            // The next call finds out.
            Log.warning("connection $id: could not store that its key was refused (${placeOf(failure)})${pageFor(failure)}")
        }
    }

    private suspend fun tokensFor(refusedGeneration: Long?, patienceMs: Long): Access.Tokens =
        driven(refusedGeneration, patienceMs).access as? Access.Tokens ?: throw misuse("not_supported", "this connection has a key: use call")

    private suspend fun driven(refusedGeneration: Long?, patienceMs: Long): ConnectionDriver {
        val patience = checkPatience(patienceMs)
        val connection = rows.loaded(id, owner)
        val ofDriver = holderOfDriver(holder)
        val first = ConnectionDriver.forAccess(connection, ofDriver, refusedGeneration, patience, rows.nowMs())
        val driver = hands.finished(first, ofDriver)
        driver.error?.let { throw it }
        if (driver.isGone) throw ConnectionNotFound("this connection was removed meanwhile")
        return driver
    }

    override fun toString(): String = "Account($id)"
}
