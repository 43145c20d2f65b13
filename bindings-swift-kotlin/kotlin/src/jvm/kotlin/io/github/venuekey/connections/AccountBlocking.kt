package io.github.venuekey.connections

import io.github.venuekey.Access
import io.github.venuekey.AccountRead
import io.github.venuekey.CommonBalance
import io.github.venuekey.CommonOrder
import io.github.venuekey.CommonTrade
import io.github.venuekey.CommonTransaction
import io.github.venuekey.HttpMethod
import io.github.venuekey.Page
import io.github.venuekey.SignedReply
import io.github.venuekey.TransactionKind
import io.github.venuekey.all
import io.github.venuekey.blocking
import io.github.venuekey.check
import java.util.function.Consumer

/** [Account] for threads and for Java: the same calls, as [ConnectionsBlocking] has them. */
public class AccountBlocking internal constructor(
    /** The same account, for coroutines. */
    public val account: Account,
) {
    /** The connection's id. */
    public val id: String get() = account.id

    /** As [Account.view]. */
    @Throws(InterruptedException::class)
    public fun view(): ConnectionView = blocking { account.view() }

    /** As [Account.check]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun check(patienceMs: Long = PATIENCE_MS): ConnectionView = blocking { account.check(patienceMs) }

    /** As [Account.tokens]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun tokens(patienceMs: Long = PATIENCE_MS): Access.Tokens = blocking { account.tokens(patienceMs) }

    /** As [Account.tokenRefused]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun tokenRefused(generation: Long, patienceMs: Long = PATIENCE_MS): Access.Tokens =
        blocking { account.tokenRefused(generation, patienceMs) }

    /** As [Account.call]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun call(method: HttpMethod, path: String, parameters: String = "{}", patienceMs: Long = PATIENCE_MS): SignedReply =
        blocking { account.call(method, path, parameters, patienceMs) }

    /** As [Account.page]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun page(read: AccountRead, patienceMs: Long = PATIENCE_MS): Page = blocking { account.page(read, patienceMs) }

    /** As [Account.pages]: each page is fetched when it is asked for, and that blocks. */
    @JvmOverloads
    public fun pages(read: AccountRead, patienceMs: Long = PATIENCE_MS): Sequence<Page> = sequence {
        var next: AccountRead? = read
        while (next != null) {
            val page = page(next, patienceMs)
            yield(page)
            next = page.next
        }
    }

    /** As [Account.records]. */
    public inline fun <reified R : Any> records(read: AccountRead, patienceMs: Long = 30_000): Sequence<R> =
        records(R::class.java, read, patienceMs)

    /**
     * [records] for Java: `for (var deals = account.records(Deal.class, read).iterator(); deals.hasNext(); ) deals.next()`.
     *
     * @throws IllegalArgumentException if this is not what the read brings.
     */
    @JvmOverloads
    public fun <R : Any> records(of: Class<R>, read: AccountRead, patienceMs: Long = PATIENCE_MS): Sequence<R> {
        check(read, of)
        return pages(read, patienceMs).flatMap { page -> page.records.all.map(of::cast) }
    }

    /** As [Account.balances]; what is wrong with an argument is thrown at once. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun balances(cursor: String? = null, progress: Consumer<Progress>? = null, patienceMs: Long = HISTORY_PATIENCE_MS): HistoryBlocking<CommonBalance> =
        HistoryBlocking(account.balances(cursor, told(progress), patienceMs))

    /** As [Account.transactions]; what is wrong with an argument is thrown at once. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun transactions(
        kind: TransactionKind? = null,
        fromMs: Long? = null,
        toMs: Long? = null,
        cursor: String? = null,
        progress: Consumer<Progress>? = null,
        patienceMs: Long = HISTORY_PATIENCE_MS,
    ): HistoryBlocking<CommonTransaction> = HistoryBlocking(account.transactions(kind, fromMs, toMs, cursor, told(progress), patienceMs))

    /** As [Account.orders]; what is wrong with an argument is thrown at once. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun orders(
        fromMs: Long? = null,
        toMs: Long? = null,
        cursor: String? = null,
        progress: Consumer<Progress>? = null,
        patienceMs: Long = HISTORY_PATIENCE_MS,
    ): HistoryBlocking<CommonOrder> = HistoryBlocking(account.orders(fromMs, toMs, cursor, told(progress), patienceMs))

    /** As [Account.trades]; what is wrong with an argument is thrown at once. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun trades(
        fromMs: Long? = null,
        toMs: Long? = null,
        cursor: String? = null,
        progress: Consumer<Progress>? = null,
        patienceMs: Long = HISTORY_PATIENCE_MS,
    ): HistoryBlocking<CommonTrade> = HistoryBlocking(account.trades(fromMs, toMs, cursor, told(progress), patienceMs))

    private fun told(progress: Consumer<Progress>?): Told? = progress?.let { { told -> it.accept(told) } }

    override fun toString(): String = "AccountBlocking($id)"
}
