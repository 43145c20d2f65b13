package io.github.venuekey.connections

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.github.venuekey.Choices
import io.github.venuekey.Client
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.SealingKeys
import io.github.venuekey.VenuekeyException
import io.github.venuekey.constants
import io.github.venuekey.stores.FileStore
import java.awt.Desktop
import java.io.IOException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/**
 * Connects an account of the person at this machine and returns it; one that is already connected is returned at once. If the program
 * is stopped, nothing is lost: call it again, and it resumes.
 *
 * It opens the system's browser and listens at the client's redirect URI if that is a loopback address, such as
 * `http://127.0.0.1:9876/callback`; otherwise it asks for the code that the venue shows. It blocks until the person is done.
 *
 * @param store where the connection is kept.
 * @param owner your own name for the person.
 * @param paste always asks for the code.
 * @param say shows the person a line.
 * @param ask reads the person's answer; null if nobody is there.
 * @throws VenuekeyException why it did not work; call it again once that is fixed.
 * @throws IOException the redirect's port is in use, and nothing was begun; or nobody answers.
 */
@JvmOverloads
@Throws(IOException::class, InterruptedException::class)
public fun connectLocal(
    client: Client,
    store: FileStore,
    keys: SealingKeys = store.sealingKeys(),
    goal: Goal = Goal.API_KEY,
    owner: String = "local",
    paste: Boolean = false,
    say: (String) -> Unit = System.err::println,
    ask: () -> String? = ::readlnOrNull,
): AccountBlocking {
    val connections = ConnectionsBlocking(Connections(mapOf(NAME to client), store, keys))
    val known = connections.find(owner).firstOrNull { it.status in GOES_ON && it.intent == null }
    if (known?.status == ConnectionStatus.CONNECTED) return connections.account(known.id, owner)
    val redirect = URI(client.redirectUri)
    // Before anything is begun: a port that is in use leaves nothing behind.
    val loopback = if (paste || redirect.port < 0) null else Loopback(redirect)
    try {
        val begun = when (known?.status) {
            null -> connections.begin(NAME, owner, goal)
            ConnectionStatus.NEEDS_USER -> connections.reconnect(known.id, owner)
            else -> known.also { say("Going on where the program was stopped.") }
        }
        return connections.working().use { Desk(connections, loopback, say, ask).account(begun, owner) }
    } finally {
        loopback?.close()
    }
}

private const val NAME = "local"
private val GOES_ON =
    setOf(ConnectionStatus.CONNECTED, ConnectionStatus.AWAITING_USER, ConnectionStatus.WORKING, ConnectionStatus.NEEDS_USER)
private const val LOOK_MS = 100L

/** The connection and the person in front of it. */
private class Desk(
    private val connections: ConnectionsBlocking,
    private val loopback: Loopback?,
    private val say: (String) -> Unit,
    private val ask: () -> String?,
) {
    fun account(begun: ConnectionView, owner: String): AccountBlocking {
        var view = begun
        while (view.status != ConnectionStatus.CONNECTED) {
            val (page, choices, error) = Triple(view.authorizeUrl, view.choices, view.error)
            view = when {
                // Exposed to be opened.
                page != null -> consented(view.id, page.expose())
                choices != null -> connections.choose(view.id, chosen(choices))
                error != null -> throw error
                else -> {
                    Thread.sleep(LOOK_MS)
                    connections.status(view.id)
                }
            }
        }
        return connections.account(view.id, owner)
    }

    private fun consented(id: String, page: String): ConnectionView {
        say("Open this page and agree:\n$page")
        if (loopback == null) {
            say("The code from the page:")
            return receiving { connections.receivePastedCode(id, answer()) }
        }
        if (Desktop.isDesktopSupported()) Desktop.getDesktop().browse(URI(page))
        return receiving { loopback.next()?.let { connections.receiveCallback(id, it) } ?: expired(id) }
    }

    /** What is not this connection's is refused, and the waiting goes on. */
    private fun receiving(take: () -> ConnectionView?): ConnectionView {
        while (true) {
            try {
                take()?.let { return it }
            } catch (refused: VenuekeyException.Rejected) {
                say("${refused.message}; still waiting")
            }
        }
    }

    /** Nobody has come yet: a consent ends some time. */
    private fun expired(id: String): ConnectionView? = connections.status(id).takeIf { it.authorizeUrl == null }

    /** The person's choice, always: one account is no reason to take it. */
    private fun chosen(choices: Choices): String {
        if (choices.creationInDoubt) say("A new account was requested, but the reply was lost: it may be in this list.")
        choices.subaccounts.forEachIndexed { at, account -> say("  ${at + 1}  ${account.nickname ?: "account"} (${account.id})") }
        if (choices.mayCreate) say("  n  create a new account")
        while (true) {
            say("Which account?")
            val answer = answer().trim()
            if (answer == "n" && choices.mayCreate) return constants().createSubaccount
            answer.toIntOrNull()?.let { choices.subaccounts.getOrNull(it - 1) }?.let { return it.id }
        }
    }

    private fun answer(): String = ask() ?: throw IOException("nobody is there to answer; the next run continues from here")
}

/** The loopback redirect (RFC 8252, 7.3): this machine alone, one address alone. */
private class Loopback(redirect: URI) : AutoCloseable {
    private val callbacks = LinkedBlockingQueue<String>()
    private val path = redirect.path
    private val threads = Executors.newCachedThreadPool { work -> Thread(work, "venuekey-loopback").apply { isDaemon = true } }
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getByName(redirect.host), redirect.port), 0)

    init {
        server.createContext("/", ::answer)
        // A thread for each connection: browsers also open some on which they say nothing.
        server.executor = threads
        server.start()
    }

    fun next(): String? = callbacks.poll(1, TimeUnit.SECONDS)

    private fun answer(exchange: HttpExchange) {
        // A venue may put a slash before the question mark.
        if (exchange.requestMethod != "GET" || exchange.requestURI.path.removeSuffix("/") != path) {
            exchange.sendResponseHeaders(404, -1)
            return exchange.close()
        }
        val text = "You can close this window and go back to the program.\n".toByteArray()
        exchange.responseHeaders.add("content-type", "text/plain; charset=utf-8")
        exchange.responseHeaders.add("cache-control", "no-store")
        exchange.sendResponseHeaders(200, text.size.toLong())
        exchange.responseBody.use { it.write(text) }
        callbacks.add(exchange.requestURI.toString())
    }

    override fun close() {
        server.stop(0)
        threads.shutdown()
    }
}
