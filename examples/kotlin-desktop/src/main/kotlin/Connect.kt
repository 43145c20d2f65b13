/**
 * Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
 *
 *     connect [--paste] [--sandbox URL] [--state FOLDER]
 *
 * The browser comes back to this program (loopback redirect); with `--paste` the user copies the code from Bybit's page
 * instead. Stopped half-way it goes on where it was, and once connected it is at once.
 */
import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.github.venuekey.Choices
import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.ConnectionStatus
import io.github.venuekey.Goal
import io.github.venuekey.HttpMethod
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.ConnectionsBlocking
import io.github.venuekey.constants
import io.github.venuekey.stores.FileStore
import java.awt.Desktop
import java.io.File
import java.io.IOException
import java.net.InetSocketAddress
import java.net.URI
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.logging.Level
import java.util.logging.Logger
import kotlin.system.exitProcess

private val PORTS = 9876..9886 // those that Bybit knows
private const val PASTE = "https://www.bybit.com/oauth/callback"
private const val OWNER = "me"
private val LOGGER = Logger.getLogger("venuekey") // kept: the logging would forget its level with it

/** Waits on 127.0.0.1 for the request that brings the code, and answers whatever else comes there with 404. */
private class Loopback {
    private val callbacks = LinkedBlockingQueue<String>()
    private val server = PORTS.firstNotNullOfOrNull { port ->
        try {
            HttpServer.create(InetSocketAddress("127.0.0.1", port), 0)
        } catch (_: IOException) {
            null
        }
    } ?: fail("The ports 9876 to 9886 are all in use; stop one of those programs, or use --paste.")
    val redirectUri = "http://127.0.0.1:${server.address.port}/callback"

    /** What the browser brings back; what is not this connection's is refused, and the waiting goes on. */
    fun waitFor(receive: (String) -> ConnectionView): ConnectionView {
        server.createContext("/", ::answer)
        // A thread for each connection: browsers also open some on which they say nothing.
        server.executor = Executors.newCachedThreadPool { work -> Thread(work).apply { isDaemon = true } }
        server.start()
        while (true) {
            try {
                return receive(callbacks.take()).also { server.stop(0) }
            } catch (refused: VenuekeyException.Rejected) {
                System.err.println("${refused.message}; still waiting")
            }
        }
    }

    private fun answer(exchange: HttpExchange) {
        // Bybit puts a slash before the question mark.
        if (exchange.requestMethod != "GET" || exchange.requestURI.path !in setOf("/callback", "/callback/")) {
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
}

/** The user's choice, always: one account is no reason to take it. */
private fun ask(choices: Choices): String {
    if (choices.creationInDoubt) println("A new account was asked for, and the answer was lost: it may be in this list.")
    choices.subaccounts.forEachIndexed { index, account -> println("  ${index + 1}  ${account.nickname ?: "account"} (${account.id})") }
    if (choices.mayCreate) println("  n  make a new account")
    while (true) {
        println("Which account?")
        val answer = readlnOrNull()?.trim() ?: fail("Nobody is there to answer; the next run asks again.")
        if (answer == "n" && choices.mayCreate) return constants().createSubaccount
        answer.toIntOrNull()?.let { choices.subaccounts.getOrNull(it - 1) }?.let { return it.id }
    }
}

private fun fail(words: String): Nothing {
    System.err.println(words)
    exitProcess(1)
}

fun main(arguments: Array<String>) {
    LOGGER.level = Level.WARNING
    fun given(name: String) = arguments.indexOf(name).takeIf { it >= 0 }?.let { arguments.getOrNull(it + 1) }
    val sandbox = given("--sandbox") // for example http://127.0.0.1:8700/bybit/mainnet
    val loopback = if ("--paste" in arguments) null else Loopback()
    val client = Client(
        ClientConfig(
            Venue.BYBIT, VenueEnvironment.MAINNET, clientId = "ai-agent", redirectUri = loopback?.redirectUri ?: PASTE,
            authorizeBase = sandbox, apiBase = sandbox,
        ),
    )
    // A real program has the store's key in the system's keychain, by a KeyVault.
    val store = FileStore(File(given("--state") ?: "bybit-connection"))
    val connections = ConnectionsBlocking(Connections(mapOf("bybit" to client), store, store.sealingKeys()))
    try {
        connections.working().use { connect(connections, loopback) }
    } catch (error: VenuekeyException) {
        fail("${error.message}")
    }
    store.close()
}

private fun connect(connections: ConnectionsBlocking, loopback: Loopback?) {
    // The redirect URI, port included, must be the one that the consent was asked for with.
    val known = connections.find(OWNER).firstOrNull { it.status != ConnectionStatus.ENDED && it.intent == null }
    if (known != null) println("Going on where the program was stopped.")
    var view = known ?: connections.begin("bybit", OWNER, Goal.API_KEY)
    while (view.status != ConnectionStatus.CONNECTED) {
        view = when {
            view.authorizeUrl != null -> answered(connections, view, loopback)
            view.choices != null -> connections.choose(view.id, ask(view.choices!!))
            view.error != null -> {
                // The next run begins anew.
                connections.disconnect(view.id)
                throw view.error!!
            }
            else -> {
                Thread.sleep(100)
                connections.status(view.id)
            }
        }
    }
    println("Connected: ${connections.account(view.id).call(HttpMethod.GET, "/v5/user/query-api").payload}")
}

private fun answered(connections: ConnectionsBlocking, view: ConnectionView, loopback: Loopback?): ConnectionView {
    // Exposed to be opened.
    val page = view.authorizeUrl!!.expose()
    println("Open this page and agree:\n$page")
    if (loopback == null) {
        println("The code from the page:")
        return connections.receivePastedCode(view.id, readln())
    }
    if (Desktop.isDesktopSupported()) Desktop.getDesktop().browse(URI(page))
    return loopback.waitFor { url -> connections.receiveCallback(view.id, url) }
}
