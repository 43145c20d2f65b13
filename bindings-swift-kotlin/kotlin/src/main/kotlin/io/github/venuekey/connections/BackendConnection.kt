package io.github.venuekey.connections

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.HandOff
import io.github.venuekey.Secret
import io.github.venuekey.VenuekeyException
import io.github.venuekey.VenuekeyFailure
import io.github.venuekey.stores.AppSecrets
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/** So many callbacks are kept at most: the first, and the newest. */
private const val MOST_KEPT = 16

/** One at a time, in this process: two objects may keep callbacks under the same name. */
private val KEEPING = Mutex()

/**
 * What an app asks of its own backend, which keeps the connections: a few requests, authenticated as the app's others are.
 *
 * Each ends when the backend has answered. It throws [BackendRefusal] if the backend refuses, so that the same is of no use again. Anything
 * else that it throws leaves open whether the backend has heard: it is asked the same again, so it must answer a repeated callback as the
 * first one. venuekey does.
 */
public interface AppBackend {
    /** Begins a connection of the user. Returns the page to open: the view's `authorizeUrl`. */
    public suspend fun begin(client: String): Secret

    /** The address that the browser was sent to, for `receiveCallback`. */
    public suspend fun receiveCallback(client: String, url: String)

    /** For `beginByHandOff`. Asked only where the app begins by itself. */
    public suspend fun receiveHandOff(client: String, handOff: HandOff): Unit =
        throw misuse("not_supported", "this app's backend takes no hand-off")

    /** The user has given up what was begun, for `cancelAttempt`: an account that works stays, since the app may not know yet that it does. */
    public suspend fun forget(client: String)
}

/**
 * The backend has answered, and refuses.
 *
 * @property code the backend's word: of venuekey's `error.code`, or one of its own.
 * @property kind venuekey's `error.kind`, if the backend tells it.
 */
public class BackendRefusal @JvmOverloads constructor(public val code: String, public val kind: String? = null) :
    VenuekeyFailure("the backend refuses: $code")

/**
 * An attempt to connect that is under way on this device.
 *
 * @property hasCallback whether the user is back, and the backend may not know yet: call `resume`. Otherwise the user is at the venue.
 */
public data class PendingAttempt(public val hasCallback: Boolean)

/**
 * Connects an account by the app's own backend. The system may end an app at any moment, above all while its user is in the browser: what a
 * later process needs is on the disk before anything is done. At each start look at [pending], and call [resume].
 *
 * Usually the backend begins, and the app passes the callback on. If the backend can't begin, the app does, by a client without a
 * secret, and the backend gets a hand-off.
 */
public class BackendConnection private constructor(private val client: String, private val backend: AppBackend, private val way: Way) {
    private val one = Mutex()

    /**
     * The backend begins.
     *
     * @param client the backend's name for the client.
     * @param secrets what keeps the callback until the backend has it.
     */
    public constructor(client: String, backend: AppBackend, secrets: AppSecrets) : this(client, backend, ByBackend(client, backend, secrets))

    /** The app begins by [device], for a venue and goal that a hand-off can carry. */
    public constructor(backend: AppBackend, device: DeviceConnection) : this(device.client, backend, ByDevice(backend, device))

    /**
     * The page to open, in the user's own browser: on Android in a Custom Tab. A callback that is kept is brought to the backend first.
     *
     * @throws VenuekeyException `wrong_state` if the user has consented already, so that there is nothing to open. If the backend can't be
     *   reached, that is thrown as by [resume]: nothing is begun, and the callback stays.
     */
    public suspend fun begin(): Secret = one.withLock { way.begin() }

    /** The attempt that is under way on this device; null if there is none. */
    public suspend fun pending(): PendingAttempt? = way.pending()

    /**
     * The browser came back to the redirect URI. It is kept, and then brought to the backend. Any app can open that address, so it replaces
     * none that is kept already: each is brought, until the backend takes one. What comes if nothing is pending is left alone.
     *
     * @return whether the backend has the callback.
     * @throws BackendRefusal it is not this connection's, for one, and the true callback is still waited for.
     * @throws VenuekeyException as the former, from the app's own client.
     */
    public suspend fun receiveCallback(url: String): Boolean {
        // At once, whatever is under way: the system may end the app before that has ended.
        if (!way.receive(url)) return false
        return one.withLock {
            way.deliver()
            // Not where another call has brought it meanwhile, and it was refused.
            way.pending() == null
        }
    }

    /** Goes on with what the backend may not have yet. Does nothing if there is nothing. */
    public suspend fun resume(): Unit = one.withLock { if (way.pending()?.hasCallback == true) way.deliver() }

    /** The user gives up the attempt that is pending. */
    public suspend fun cancel(): Unit = one.withLock {
        if (way.pending() != null) {
            way.forget()
            backend.forget(client)
        }
    }

    override fun toString(): String = "BackendConnection($client)"
}

private interface Way {
    suspend fun begin(): Secret

    suspend fun pending(): PendingAttempt?

    /** Keeps it, where something is pending. */
    suspend fun receive(url: String): Boolean

    suspend fun deliver()

    suspend fun forget()
}

private class ByBackend(private val client: String, private val backend: AppBackend, private val secrets: AppSecrets) : Way {
    /** There while the attempt is pending: the callbacks' addresses, one a line and the oldest first; empty before. */
    private val name = "callback.$client"

    override suspend fun begin(): Secret {
        if (!kept().isNullOrEmpty() && isTaken()) {
            throw misuse("wrong_state", "the user has consented, and the backend has the callback now: there is nothing to open")
        }
        // What has come meanwhile stays.
        return backend.begin(client).also { change { it ?: emptyList() } }
    }

    private suspend fun isTaken(): Boolean = try {
        deliver().let { true }
    } catch (_: BackendRefusal) {
        // All that was kept was of no use.
        false
    }

    override suspend fun pending(): PendingAttempt? = kept()?.let { PendingAttempt(it.isNotEmpty()) }

    /** Beside what is kept: any app can open the address, and which callback is the true one only the backend knows. */
    override suspend fun receive(url: String): Boolean {
        if (url.isEmpty() && pending() != null) throw wrong("url is empty")
        val line = url.replace("\r", "%0D").replace("\n", "%0A")
        val following = change { lines ->
            if (lines == null || line in lines) lines else lines.take(1) + (lines.drop(1) + line).takeLast(MOST_KEPT - 1)
        }
        return following != null
    }

    override suspend fun deliver() {
        var refusal: BackendRefusal? = null
        var failure: Exception? = null
        for (url in kept().orEmpty()) {
            try {
                backend.receiveCallback(client, url)
            } catch (refused: BackendRefusal) {
                refusal = refused
                change { it?.minus(url) }
                continue
            } catch (error: Exception) {
                currentCoroutineContext().ensureActive()
                // It stays, and keeps none back that came after it.
                failure = failure ?: error
                continue
            }
            return forget()
        }
        (failure ?: refusal)?.let { throw it }
    }

    override suspend fun forget() {
        change { null }
    }

    /** Null if nothing is pending. */
    private suspend fun kept(): List<String>? = io { secrets.load(name) }?.lines()?.filter { it.isNotEmpty() }

    /** What is kept then; begun, it is done. */
    private suspend fun change(following: (List<String>?) -> List<String>?): List<String>? = withContext(NonCancellable) {
        KEEPING.withLock {
            val before = kept()
            val after = following(before)
            if (after != before) io { secrets.save(name, after?.joinToString("\n")) }
            after
        }
    }
}

private class ByDevice(private val backend: AppBackend, private val device: DeviceConnection) : Way {
    override suspend fun begin(): Secret {
        val page = if (pending()?.hasCallback == true) null else device.connect().authorizeUrl
        return page ?: throw misuse("wrong_state", "the user has consented: call resume, or cancel first")
    }

    override suspend fun pending(): PendingAttempt? = device.view()
        ?.takeIf { device.goesOn(it) && it.status != ConnectionStatus.NEEDS_USER }
        ?.let { PendingAttempt(it.status == ConnectionStatus.WORKING) }

    override suspend fun receive(url: String): Boolean {
        if (pending() == null) return false
        device.receiveCallback(url).error?.let { throw it }
        return true
    }

    override suspend fun deliver() {
        device.deliverHandOff { handOff ->
            try {
                backend.receiveHandOff(device.client, handOff)
            } catch (refused: BackendRefusal) {
                // The backend has it already: the answer was lost.
                if (refused.code != "superseded") throw refused
            }
        }
    }

    override suspend fun forget() {
        device.disconnect()
        device.connections.runOnce()
    }
}
