package io.github.venuekey.connections

import io.github.venuekey.BeginOptions
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.HandOff
import io.github.venuekey.VenuekeyException
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/**
 * The one connection that an app's user has by a client of its own, one without a secret: what a screen shows, and what its buttons do.
 * It is a row of [connections], so it survives the end of the app at any moment; a worker of those does the work.
 *
 * What takes a connection throws [ConnectionNotFound] if there is none, and otherwise as the call of the same name of [Connections].
 *
 * @param client the client, by its name.
 * @param owner your own name for the user of this device.
 */
public class DeviceConnection @JvmOverloads constructor(
    internal val connections: Connections,
    internal val client: String,
    private val owner: String = "local",
    private val goal: Goal = Goal.API_KEY,
) {
    private val rows = connections.rows
    private val one = Mutex()

    /** Where it stands; null if nothing was begun, or it has ended more than a day ago. One that has ended may name a key that is left. */
    public suspend fun view(): ConnectionView? = look()?.view

    /** [view], now and each time that it changes. What this process saves is seen at once, what others save within a second. */
    public fun updates(): Flow<ConnectionView?> = looks(rows) { look() }

    /**
     * The button "Connect": begins, or goes on with what there is. Then open the view's `authorizeUrl`, the same one again while the consent
     * is open. A connection that works is left as it is, and so is one whose user has to choose an account.
     *
     * @param consent as of `Client.begin`.
     */
    public suspend fun connect(consent: BeginOptions? = null): ConnectionView = one.withLock {
        val known = view()?.takeIf(::goesOn)
        when {
            known == null -> connections.begin(client, owner, goal, consent = consent)
            // With a choice, an error is that of the key before.
            known.choices != null || known.error == null && known.status == ConnectionStatus.CONNECTED -> known
            // Changes nothing while a consent is open, and while a worker is busy.
            else -> connections.reconnect(known.id, owner, consent)
        }
    }

    /** The browser came back to the redirect URI. */
    public suspend fun receiveCallback(url: String): ConnectionView = connections.receiveCallback(id(), url, owner)

    /** The code that the user has copied from the venue's page. */
    public suspend fun receivePastedCode(pasted: String): ConnectionView = connections.receivePastedCode(id(), pasted, owner)

    /** The user's choice: one of the view's `choices.subaccounts`, or `constants().createSubaccount`. */
    public suspend fun choose(accountId: String): ConnectionView = connections.choose(id(), accountId, owner)

    /** Goes on after a failure whose view has a `recovery`. */
    public suspend fun recover(): ConnectionView = connections.recover(id(), owner)

    /** Calls off the attempt to connect; an account that works stays. */
    public suspend fun cancelAttempt(): ConnectionView = connections.cancelAttempt(id(), owner)

    /** Ends it, once nothing is in flight. */
    public suspend fun disconnect(deleteKey: Boolean = false): ConnectionView = connections.disconnect(id(), owner, deleteKey)

    /** A session with the account. */
    public suspend fun account(): Account = connections.account(id(), owner)

    /**
     * Gives the connection's hand-off to [send], if it has one, and ends it then: it is the backend's. [send] returns once the backend has
     * confirmed that it has the hand-off, or that it has had it before. If it throws, the hand-off stays: call this again, at the next
     * start too.
     *
     * @return whether there was one.
     * @throws VenuekeyException why the connection has none, and will not have one.
     */
    public suspend fun deliverHandOff(send: suspend (HandOff) -> Unit): Boolean {
        val id = view()?.takeIf(::goesOn)?.id ?: return false
        val handOff = connections.handOff(id, owner) ?: return false
        send(handOff)
        connections.handedOff(id, handOff, owner)
        return true
    }

    /** Neither over nor about to be. */
    internal fun goesOn(view: ConnectionView): Boolean = view.status in GOES_ON && view.intent == null

    private suspend fun look(): Look? = rows.find(owner).filter { it.row.client == client }.map { Look.at(rows, it) }
        .maxWithOrNull(compareBy({ goesOn(it.view) }, { it.view.status != ConnectionStatus.ENDED }, { it.view.begunAtMs ?: 0 }))

    private suspend fun id(): String = view()?.id ?: throw ConnectionNotFound("nothing was begun on this device")

    override fun toString(): String = "DeviceConnection($client)"

    private companion object {
        val GOES_ON =
            setOf(ConnectionStatus.AWAITING_USER, ConnectionStatus.WORKING, ConnectionStatus.CONNECTED, ConnectionStatus.NEEDS_USER)
    }
}
