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
import java.util.Queue
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/**
 * Connects an account of the person at this machine and returns it; one that is already connected is returned at once. If the program
 * is stopped, nothing is lost: call it again, and it resumes.
 *
 * It opens the system's browser and listens at the client's redirect URI if that is a loopback address, such as
 * `http://127.0.0.1:9876/callback`; otherwise it asks for the code that the venue shows, or for the address that the browser was sent
 * to. It blocks until the person is done.
 *
 * @param store where the connection is kept.
 * @param owner your own name for the person.
 * @param paste always asks.
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
    val loopback = if (paste || redirect.host !in LOOPBACK || redirect.port < 0) null else Loopback(redirect)
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
/** While anything else stands, an error is that of the key before. */
private val OVER = setOf(ConnectionStatus.NEEDS_USER, ConnectionStatus.QUARANTINED)
private val LOOPBACK = setOf("127.0.0.1", "localhost", "[::1]")
private const val LOOK_MS = 100L

/** How a browser may name this machine: it leaves out the port that goes without saying. */
internal fun hostsAt(port: Int): Set<String> = LOOPBACK.map { "$it:$port" }.toSet() + if (port == 80) LOOPBACK else emptySet()

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
                view.status in OVER -> throw error ?: misuse("wrong_state", "nothing works, and nobody says why")
                view.status == ConnectionStatus.ENDED -> throw misuse("wrong_state", "the connection was ended meanwhile")
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
            say("The code from the page, or the address that the browser was sent to:")
            return pasted(id)
        }
        val came = LinkedBlockingQueue<ConnectionView>()
        loopback.receive = { url -> received(id, url, came) }
        // Where no browser can be opened, and some systems lack whole libraries for it, the person opens the page that is shown.
        runCatching { Desktop.getDesktop().browse(URI(page)) }
        while (true) (came.poll(1, TimeUnit.SECONDS) ?: expired(id))?.let { return it }
    }

    /** What is not this connection's is refused, and the waiting goes on. */
    private fun pasted(id: String): ConnectionView {
        while (true) {
            val text = answer().trim()
            if (text.isEmpty()) continue
            try {
                return if (isAddress(text)) connections.receiveCallback(id, text) else connections.receivePastedCode(id, text)
            } catch (refused: VenuekeyException) {
                if (refused !is VenuekeyException.Rejected && refused !is VenuekeyException.Misuse) throw refused
                say("${refused.message}; still waiting")
            }
            // It may be over by now, and nothing is taken any more.
            expired(id)?.let { return it }
        }
    }

    private fun isAddress(text: String) = text.startsWith("/") || text.startsWith("?") || "://" in text && "?" in text

    /** Checked and stored before the browser is told that it is done. */
    private fun received(id: String, url: String, came: Queue<ConnectionView>): Answer = try {
        val view = connections.receiveCallback(id, url)
        Answer(200, "You can close this window and go back to the program.") { came.add(view) }
    } catch (refused: VenuekeyException) {
        say("${refused.message}; still waiting")
        Answer(400, "This address is not the one that the program is waiting for. It is still waiting.")
    } catch (failed: Exception) {
        say("${failed.message}; still waiting")
        Answer(503, "The program could not store this. Reload the page in a moment.")
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

/** What the browser is told, and what is done once it has been. */
private class Answer(val status: Int, val text: String, val then: () -> Unit = {})

/** The loopback redirect (RFC 8252, 7.3): this machine alone, one address alone. */
private class Loopback(redirect: URI) : AutoCloseable {
    /** What comes, from a thread of the server's. */
    @Volatile
    var receive: (String) -> Answer = { Answer(503, "The program is not ready yet. Reload the page in a moment.") }

    private val path = redirect.path
    private val hosts = hostsAt(redirect.port)
    private val threads = Executors.newCachedThreadPool { work -> Thread(work, "venuekey-loopback").apply { isDaemon = true } }
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getByName(redirect.host), redirect.port), 0)

    init {
        server.createContext("/", ::answer)
        // A thread for each connection: browsers also open some on which they say nothing.
        server.executor = threads
        server.start()
    }

    private fun answer(exchange: HttpExchange) {
        val answer = if (isOurs(exchange)) receive(exchange.requestURI.toString()) else Answer(404, "The program is waiting at another address.")
        val text = "${answer.text}\n".toByteArray()
        try {
            exchange.responseHeaders.add("content-type", "text/plain; charset=utf-8")
            exchange.responseHeaders.add("cache-control", "no-store")
            exchange.responseHeaders.add("referrer-policy", "no-referrer")
            exchange.responseHeaders.add("x-content-type-options", "nosniff")
            exchange.sendResponseHeaders(answer.status, text.size.toLong())
            exchange.responseBody.use { it.write(text) }
        } finally {
            answer.then()
        }
    }

    /** By the host too: a page of another site must not reach it by a name that it has pointed here. */
    private fun isOurs(exchange: HttpExchange): Boolean {
        val isHere = exchange.requestHeaders.getFirst("host") in hosts
        // A venue may put a slash before the question mark.
        return isHere && exchange.requestMethod == "GET" && exchange.requestURI.path.removeSuffix("/") == path
    }

    override fun close() {
        server.stop(0)
        threads.shutdown()
    }
}
