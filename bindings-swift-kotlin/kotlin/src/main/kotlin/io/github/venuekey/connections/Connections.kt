package io.github.venuekey.connections

import io.github.venuekey.BeginOptions
import io.github.venuekey.Client
import io.github.venuekey.ConnectOptions
import io.github.venuekey.Goal
import io.github.venuekey.HandOff
import io.github.venuekey.ImportedKey
import io.github.venuekey.KeepAlive
import io.github.venuekey.SealingKeys
import io.github.venuekey.Send
import io.github.venuekey.Tokens
import io.github.venuekey.Venue
import io.github.venuekey.VenueConnection
import io.github.venuekey.VenueIntent
import io.github.venuekey.VenuekeyException
import io.github.venuekey.stores.Store
import io.github.venuekey.stores.Stored
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/**
 * Users' accounts at venues, one row each in a store that any number of processes share.
 *
 * What a web request calls writes what is wanted and returns; a worker does the rest: [run], in this process or in one of its own,
 * or [runOnce] if nothing keeps running. Any number of coroutines may share it; threads and Java have [ConnectionsBlocking].
 *
 * Every call throws `StoreError` if the store fails, and those that take an `id` throw [ConnectionNotFound] if there is no such
 * connection or it belongs to another `owner`: give `owner` whenever the id comes from a browser. Left out, any owner will do.
 *
 * @param clients each client by a name of your own, 1 to 64 bytes. Rows hold the name: keep it.
 * @param store a `SQLiteStore`, a `PostgresStore`, or one of your own. You close it.
 * @param keys seal the rows at rest.
 * @param send sends a request exactly as it is, as for `drive`; left out, `javaHttpSender`, on Android `okHttpSender`.
 * @param onEvent called with each event at least once, by a worker. Where it throws, it is called again after a minute. Several
 *   workers, and coroutines of one, may call it at once.
 * @param clock returns Unix milliseconds; left out, the store's clock if it has one, else the operating system's.
 * @param sleep sleeps for a number of milliseconds.
 * @param concurrency how many connections one worker works at, at the same time.
 * @param shareOf among how many processes behind one address the venue's limits are divided, for `Account.call`.
 * @throws VenuekeyException `invalid_argument` for an argument that is not what it must be; the hint names it.
 */
public class Connections @JvmOverloads constructor(
    clients: Map<String, Client>,
    store: Store,
    keys: SealingKeys,
    send: Send = senderOfPlatform(),
    onEvent: suspend (Event) -> Unit = {},
    clock: (() -> Long)? = null,
    sleep: suspend (Long) -> Unit = { delay(it) },
    private val concurrency: Int = 8,
    shareOf: Int = 1,
) {
    internal val rows: Rows
    private val hands: Hands
    private val session: Session
    private val workers = CopyOnWriteArrayList<Worker>()

    init {
        if (clients.isEmpty() || clients.keys.any { it.isEmpty() }) throw wrong("clients must have a client at least, each by a name")
        for ((name, number) in mapOf("concurrency" to concurrency, "shareOf" to shareOf)) {
            if (number < 1) throw wrong("$name must be 1 or more")
        }
        rows = Rows(clients, store, keys, clock)
        hands = Hands(rows, send, onEvent, sleep)
        session = Session(hands, Budget(rows, sleep, shareOf), Uses(rows))
    }

    // From the web

    /**
     * Begins a connection. It is stored: send the browser to the view's `authorizeUrl`.
     *
     * @param client the client, by its name in `clients`.
     * @param owner your own name for the user, 1 to 255 bytes.
     * @param label the user's own name for the connection, 1 to 255 bytes.
     * @param keepAlive what workers do for its tokens: `ACCESS` keeps the access token alive (the default for tokens), `REFRESH` only
     *   what can be refreshed, `ON_USE` nothing by themselves (the default for a key).
     * @param consent as of `Client.begin`.
     * @throws VenuekeyException `invalid_argument` for a client that there is not, and as `Client.begin`.
     */
    public suspend fun begin(
        client: String,
        owner: String,
        goal: Goal,
        label: String? = null,
        keepAlive: KeepAlive? = null,
        consent: BeginOptions? = null,
    ): ConnectionView {
        val options = ConnectOptions(owner, client, label, keepAlive)
        return first(rows.client(client).beginConnection(goal, options, consent, null, rows.nowMs()))
    }

    /**
     * A connection made of tokens from tables of your own; from here on, only this row may refresh them. Each call makes another one:
     * keep the view's `id` beside them.
     *
     * @param uid the user's id at the venue, if you have it.
     */
    public suspend fun importTokens(
        client: String,
        tokens: Tokens,
        owner: String,
        uid: String? = null,
        label: String? = null,
        keepAlive: KeepAlive? = null,
    ): ConnectionView {
        val options = ConnectOptions(owner, client, label, keepAlive)
        return first(rows.client(client).importTokens(tokens, uid, options, null, rows.nowMs()))
    }

    /** A connection made of a key from tables of your own. Each call makes another one: keep the view's `id` beside it. */
    public suspend fun importKey(client: String, key: ImportedKey, owner: String, label: String? = null): ConnectionView =
        first(rows.client(client).importKey(key, ConnectOptions(owner, client, label), null, rows.nowMs()))

    /** Where a connection stands. One whose row can't be opened has the status `QUARANTINED`. */
    public suspend fun status(id: String, owner: String = ANY_OWNER): ConnectionView = rows.look(rows.stored(id, ownerOrAny(owner)))

    /**
     * The browser came back to the redirect URI. A page that is loaded again changes nothing.
     *
     * @param id from the browser's own session, never from the URL.
     * @param url the whole URL, or its path and query.
     * @throws VenuekeyException of the kind `REJECTED` if the callback is not this connection's, which stays as it was;
     *   `wrong_state` if no consent was asked for.
     * @throws StoreBusy answer 503. So do the calls that follow.
     */
    public suspend fun receiveCallback(id: String, url: String, owner: String = ANY_OWNER): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.receiveCallback(url, nowMs) }

    /**
     * The user's browser came back to the client's redirect URI. Which of the user's connections that is for, the callback itself decides,
     * so that you need to keep no id. If none waits for one, it returns the newest that has not ended, or else the newest: a page was
     * loaded again, or the user came back too late.
     *
     * @param client the client, by its name in `clients`.
     * @param url the whole URL, or its path and query.
     * @param owner the user who is logged in, never one whom the URL names.
     * @throws ConnectionNotFound the user has no connection of this client.
     * @throws VenuekeyException of the kind `REJECTED` if the callback is none of theirs; all of them stay as they were.
     */
    public suspend fun receiveClientCallback(client: String, url: String, owner: String): ConnectionView {
        rows.client(client)
        val views = rows.find(owner).filter { it.row.client == client }.map { rows.look(it) }
        return clientCallback(views) { receiveCallback(it, url, owner) }
    }

    /** The code that the user has copied from the venue's page, as `VenueFlow.receivePastedCode`. */
    public suspend fun receivePastedCode(id: String, pasted: String, owner: String = ANY_OWNER): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.receivePastedCode(pasted, nowMs) }

    /**
     * The user's choice: one of the view's `choices.subaccounts`, or `constants().createSubaccount`.
     *
     * @throws VenuekeyException `invalid_argument` for any other id, `wrong_state` if there is nothing to choose.
     */
    public suspend fun choose(id: String, accountId: String, owner: String = ANY_OWNER): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.choose(accountId, nowMs) }

    /**
     * Goes on after a failure whose view has a `recovery`. Pressed twice, it goes on once.
     *
     * @throws VenuekeyException `wrong_state` if there is nothing to recover.
     */
    public suspend fun recover(id: String, owner: String = ANY_OWNER): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.recover(nowMs) }

    /**
     * Asks for the user's consent again, to the same account if the venue tells whose it is. What works keeps working until there is
     * something new.
     *
     * Where the view says `replacesKey`, the old key is deleted first, and `authorizeUrl` is there as soon as a worker has done that: look
     * again until it is.
     *
     * @throws VenuekeyException `wrong_state` for a connection that has ended or is to end.
     */
    public suspend fun reconnect(id: String, owner: String = ANY_OWNER, consent: BeginOptions? = null): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.reconnect(consent, null, nowMs) }

    /**
     * Calls off the attempt to connect that waits for the user or has failed. What was there before it stays as it was, so an account that
     * works keeps working; a connection that has nothing else ends. Changes nothing if there is no attempt, and while a worker is busy with
     * it: the view's `attempt` tells.
     */
    public suspend fun cancelAttempt(id: String, owner: String = ANY_OWNER): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.cancelAttempt(nowMs) }

    /**
     * Ends a connection, once nothing is in flight. A quarantined or damaged row, of which nothing can be ended, is removed.
     *
     * @param deleteKey its key at the venue too, if the venue allows that and no other row may hold the same account. If it stays,
     *   the ended view names it in `keyLeft`.
     */
    public suspend fun disconnect(id: String, owner: String = ANY_OWNER, deleteKey: Boolean = false): ConnectionView {
        val stored = rows.stored(id, ownerOrAny(owner))
        return end(stored, if (deleteKey) VenueIntent.DISCONNECT_AND_DELETE_KEY else VenueIntent.DISCONNECT)
    }

    /**
     * Ends all connections of a user, keys at the venue included, and removes their rows after a day, when nothing of them can come
     * back. Quarantined and damaged rows are removed at once. All that can be ended is ended before anything is thrown.
     *
     * @throws VenuekeyException a row can't be opened by this process, and another one may be able to: a sealing key or a client is
     *   missing, or its sealing key has opened no row here.
     */
    public suspend fun forget(owner: String): List<ConnectionView> {
        val views = mutableListOf<ConnectionView>()
        var failed: Exception? = null
        for (stored in rows.find(owner)) {
            try {
                views += end(stored, VenueIntent.FORGET)
            } catch (_: ConnectionNotFound) {
                // Gone meanwhile.
            } catch (error: Exception) {
                failed = failed ?: error
            }
        }
        failed?.let { throw it }
        return views
    }

    /**
     * The user's connections, those that have ended within a day too. Those whose row can't be opened have the status `QUARANTINED`.
     */
    public suspend fun find(owner: String): List<ConnectionView> = rows.find(owner).map { rows.look(it) }

    /**
     * Where a connection stands, now and each time that this changes, for a screen that shows it. What this process saves is seen at once,
     * what others save within a second. It ends with the connection: its last view is `ENDED`, or the row is gone.
     */
    public fun updates(id: String, owner: String = ANY_OWNER): Flow<ConnectionView> = updatesOf(rows, id, ownerOrAny(owner))

    // For an app's own client, which ends in a hand-off

    /**
     * What to send to the app's backend, in the body of an authenticated request over TLS; null if the connection has none. It stays until
     * [handedOff]: send it again after a crash, and if no answer came.
     */
    public suspend fun handOff(id: String, owner: String = ANY_OWNER): HandOff? = rows.loaded(id, ownerOrAny(owner)).handOff

    /**
     * The backend has confirmed that it has this hand-off, or that it has had it before: the connection ends here, and is there. Where it
     * refuses it for good, call [disconnect] or [reconnect].
     */
    public suspend fun handedOff(id: String, handOff: HandOff, owner: String = ANY_OWNER): ConnectionView =
        apply(id, owner) { connection, nowMs -> connection.handedOff(handOff, nowMs) }

    // Sessions

    /** A session with one connection, by its id. */
    public suspend fun account(id: String, owner: String = ANY_OWNER): Account {
        val of = ownerOrAny(owner)
        return Account(rows.stored(id, of).row.id, of, session)
    }

    /**
     * A session with an owner's connection at a venue, or at any where [venue] is null.
     *
     * @throws ConnectionNotFound there is none.
     * @throws AmbiguousAccount there is more than one that has not ended: also those that the user never finished.
     */
    public suspend fun account(owner: String, venue: Venue?): Account {
        val living = rows.find(owner).map { rows.told(it) }.filter { it.status != "ended" && (venue == null || it.venue == word(venue)) }
        // One that can't be opened must not hide one that can. Alone, its calls say what is wrong with it.
        val found = living.filter { it.opens }.ifEmpty { living }
        if (found.size > 1) throw AmbiguousAccount("this owner has ${found.size} connections there: name one by its id")
        val row = found.firstOrNull() ?: throw ConnectionNotFound("this owner has no connection there")
        return Account(row.id, owner, session)
    }

    // The worker

    /**
     * Works until [stop], until it is cancelled, or until the program ends.
     *
     * Then it takes no new work and returns within a second, or, where a request is in flight that may have taken effect, as soon as its
     * reply is stored (45 s at most while the store works). The JVM's end waits for that too: SIGTERM, Ctrl-C and `exitProcess` are polite
     * ends.
     *
     * @param holder the worker's name, 1 to 64 printable bytes. No two workers may share one; leave it out, and they don't.
     */
    public suspend fun run(holder: String? = null): Unit = working(holder) { it.run() }

    /**
     * Does what is due and returns, for cron and for serverless. A connection that fails is left for the next run.
     *
     * @param deadlineMs takes no new work after so long; a reply that is under way then is still waited for, 45 s at most.
     * @return when to come back, in Unix milliseconds: when something is due next, or a while from now where what is due has failed or is left
     *   alone; null if nothing is due.
     */
    public suspend fun runOnce(deadlineMs: Long? = null, holder: String? = null): Long? = working(holder) { it.runOnce(deadlineMs) }

    /** Ends every [run] and [runOnce] of this object that has begun. From any thread; it does not wait. */
    public fun stop() {
        for (worker in workers) worker.stop()
    }

    // At rest

    /**
     * Seals rows anew that an older key has sealed. Call it until it returns 0; then no row needs an older key.
     *
     * @param limit how many rows at most, 1 or more.
     * @return how many it has sealed.
     * @throws VenuekeyException `invalid_argument` for another [limit]; `invalid_configuration` if rows are left that this process can't
     *   open: the hint names one.
     */
    public suspend fun reseal(limit: Int = 100): Int = reseal(rows, limit)

    /**
     * Takes a row out of quarantine, once what kept it from being opened has been put right.
     *
     * @throws VenuekeyException it still can't be opened.
     */
    public suspend fun release(id: String): ConnectionView = apply(id, ANY_OWNER) { connection, nowMs -> connection.touched(nowMs) }

    private suspend fun first(connection: VenueConnection): ConnectionView {
        check(rows.save(connection)) { "a new connection's id was in the store" }
        return viewOf(connection, noWorker = false)
    }

    private suspend fun apply(id: String, owner: String, event: (VenueConnection, Long) -> VenueConnection): ConnectionView =
        viewOf(rows.apply(id, ownerOrAny(owner), event), noWorker = false)

    private suspend fun end(stored: Stored, intent: VenueIntent): ConnectionView {
        val row = stored.row
        try {
            return viewOf(rows.apply(row.id, row.owner) { connection, nowMs -> connection.disconnect(intent, nowMs) }, noWorker = false)
        } catch (error: VenuekeyException) {
            if (stored.quarantined == null) {
                // A worker would have quarantined it, and may not have looked yet.
                val isOut = rows.isDamaged(stored, error) && io { rows.store.quarantine(row.id, row.revision, error.code) }
                if (!isOut) throw error
            }
            if (!io { rows.store.delete(row.id, row.revision) }) throw error
            rows.changed()
            Log.error("connection ${row.id}: removed, since it can't be opened (${error.code})${pageFor(error)}")
            return unreadableView(stored, error)
        }
    }

    private suspend fun <T> working(holder: String?, work: suspend (Worker) -> T): T {
        val worker = Worker(hands, holder, concurrency)
        // A clock that is none is told to whoever begins, not in a log each second.
        rows.nowMs()
        workers += worker
        try {
            return work(worker)
        } finally {
            workers -= worker
        }
    }

    /** A worker that nobody waits for until it is closed. */
    internal fun beside(holder: String?): AutoCloseable {
        val worker = Worker(hands, holder, concurrency)
        runBlocking { rows.nowMs() }
        workers += worker
        val running = STEADY.launch { worker.run() }
        return AutoCloseable {
            worker.stop()
            runBlocking { running.join() }
            workers -= worker
        }
    }

    override fun toString(): String = "Connections(${rows.clients.keys.joinToString()})"
}
