package io.github.venuekey.connections

import io.github.venuekey.BeginOptions
import io.github.venuekey.Goal
import io.github.venuekey.HandOff
import io.github.venuekey.ImportedKey
import io.github.venuekey.KeepAlive
import io.github.venuekey.Tokens
import io.github.venuekey.Venue
import io.github.venuekey.blocking
import java.util.concurrent.atomic.AtomicBoolean

/**
 * [Connections] for threads and for Java: the same calls, and each blocks until it has its answer. An interrupt of the caller's thread
 * is a cancellation, and ends the call with [InterruptedException]. Any number of threads may share it.
 */
public class ConnectionsBlocking(
    /** The same connections, for coroutines. */
    public val connections: Connections,
) {
    /** As [Connections.begin]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun begin(
        client: String,
        owner: String,
        goal: Goal,
        label: String? = null,
        keepAlive: KeepAlive? = null,
        consent: BeginOptions? = null,
    ): ConnectionView = blocking { connections.begin(client, owner, goal, label, keepAlive, consent) }

    /** As [Connections.importTokens]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun importTokens(
        client: String,
        tokens: Tokens,
        owner: String,
        uid: String? = null,
        label: String? = null,
        keepAlive: KeepAlive? = null,
    ): ConnectionView = blocking { connections.importTokens(client, tokens, owner, uid, label, keepAlive) }

    /** As [Connections.importKey]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun importKey(client: String, key: ImportedKey, owner: String, label: String? = null): ConnectionView =
        blocking { connections.importKey(client, key, owner, label) }

    /** As [Connections.status]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun status(id: String, owner: String = ANY_OWNER): ConnectionView = blocking { connections.status(id, owner) }

    /** As [Connections.receiveCallback]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun receiveCallback(id: String, url: String, owner: String = ANY_OWNER): ConnectionView =
        blocking { connections.receiveCallback(id, url, owner) }

    /** As [Connections.receiveClientCallback]. */
    @Throws(InterruptedException::class)
    public fun receiveClientCallback(client: String, url: String, owner: String): ConnectionView =
        blocking { connections.receiveClientCallback(client, url, owner) }

    /** As [Connections.receivePastedCode]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun receivePastedCode(id: String, pasted: String, owner: String = ANY_OWNER): ConnectionView =
        blocking { connections.receivePastedCode(id, pasted, owner) }

    /** As [Connections.choose]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun choose(id: String, accountId: String, owner: String = ANY_OWNER): ConnectionView =
        blocking { connections.choose(id, accountId, owner) }

    /** As [Connections.recover]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun recover(id: String, owner: String = ANY_OWNER): ConnectionView = blocking { connections.recover(id, owner) }

    /** As [Connections.reconnect]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun reconnect(id: String, owner: String = ANY_OWNER, consent: BeginOptions? = null): ConnectionView =
        blocking { connections.reconnect(id, owner, consent) }

    /** As [Connections.cancelAttempt]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun cancelAttempt(id: String, owner: String = ANY_OWNER): ConnectionView = blocking { connections.cancelAttempt(id, owner) }

    /** As [Connections.disconnect]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun disconnect(id: String, owner: String = ANY_OWNER, deleteKey: Boolean = false): ConnectionView =
        blocking { connections.disconnect(id, owner, deleteKey) }

    /** As [Connections.forget]. */
    @Throws(InterruptedException::class)
    public fun forget(owner: String): List<ConnectionView> = blocking { connections.forget(owner) }

    /** As [Connections.find]. */
    @Throws(InterruptedException::class)
    public fun find(owner: String): List<ConnectionView> = blocking { connections.find(owner) }

    /** As [Connections.handOff]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun handOff(id: String, owner: String = ANY_OWNER): HandOff? = blocking { connections.handOff(id, owner) }

    /** As [Connections.handedOff]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun handedOff(id: String, handOff: HandOff, owner: String = ANY_OWNER): ConnectionView =
        blocking { connections.handedOff(id, handOff, owner) }

    /** As [Connections.account]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun account(id: String, owner: String = ANY_OWNER): AccountBlocking = AccountBlocking(blocking { connections.account(id, owner) })

    /** As [Connections.account]. */
    @Throws(InterruptedException::class)
    public fun account(owner: String, venue: Venue?): AccountBlocking = AccountBlocking(blocking { connections.account(owner, venue) })

    /** As [Connections.run]. An interrupt ends it as [stop] does. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun run(holder: String? = null): Unit = blocking { connections.run(holder) }

    /**
     * [run], for a `main` whose whole work this is: it returns at SIGTERM and at Ctrl-C (SIGINT), and `main` goes on to its end.
     * Meanwhile these signals do not end the JVM by themselves. It is called by one thread, which must not be interrupted otherwise.
     */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun runUntilSignal(holder: String? = null) {
        val caller = Thread.currentThread()
        val isSignalled = AtomicBoolean()
        try {
            Signals {
                isSignalled.set(true)
                caller.interrupt()
            }.use { run(holder) }
        } catch (stopped: InterruptedException) {
            if (!isSignalled.get()) throw stopped
        } finally {
            // One that came when it had ended by itself.
            if (isSignalled.get()) Thread.interrupted()
        }
    }

    /** As [Connections.runOnce]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun runOnce(deadlineMs: Long? = null, holder: String? = null): Long? = blocking { connections.runOnce(deadlineMs, holder) }

    /**
     * A worker beside whatever this process does, until it is closed: that waits as the end of [run] does.
     * `connections.working().use { server.start() … }`.
     */
    @JvmOverloads
    public fun working(holder: String? = null): AutoCloseable = connections.beside(holder)

    /** As [Connections.stop]. */
    public fun stop(): Unit = connections.stop()

    /** As [Connections.reseal]. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun reseal(limit: Int = 100): Int = blocking { connections.reseal(limit) }

    /** As [Connections.release]. */
    @Throws(InterruptedException::class)
    public fun release(id: String): ConnectionView = blocking { connections.release(id) }

    override fun toString(): String = "ConnectionsBlocking of $connections"
}
