/**
 * Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
 *
 *     connect [--paste] [--sandbox URL] [--state FILE]
 *
 * The browser comes back to this program (loopback redirect); with `--paste` the user copies the code from Bybit's page
 * instead. The flow is kept in a file meanwhile, so a program that is stopped half-way goes on where it was.
 */
import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.FlowStatus
import io.github.venuekey.Goal
import io.github.venuekey.Outcome
import io.github.venuekey.Snapshot
import io.github.venuekey.Step
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenueFlow
import io.github.venuekey.VenuekeyException
import io.github.venuekey.constants
import io.github.venuekey.driveBlocking
import io.github.venuekey.senders.javaHttpSender
import java.awt.Desktop
import java.io.IOException
import java.net.InetSocketAddress
import java.net.URI
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import kotlin.system.exitProcess

private val PORTS = 9876..9886 // those that Bybit knows
private const val PASTE = "https://www.bybit.com/oauth/callback"

/** One flow in one file, replaced as a whole. A real program keeps it in the system's keychain. */
private class FileStore(private val path: Path) {
    fun load(): String? = if (Files.exists(path)) Files.readString(path) else null

    fun save(snapshot: Snapshot): Boolean {
        val beside = path.resolveSibling("${path.fileName}.new")
        val options = setOf(WRITE, CREATE, TRUNCATE_EXISTING)
        val forUserOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        Files.deleteIfExists(beside)
        FileChannel.open(beside, options, forUserOnly).use { file ->
            file.write(ByteBuffer.wrap(snapshot.expose().toByteArray()))
            file.force(true)
        }
        // One program, one flow: nobody else writes here, so each save wins.
        Files.move(beside, path, ATOMIC_MOVE)
        return true
    }

    fun forget() {
        Files.deleteIfExists(path)
    }
}

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

    /** The flow's callback; one that is not its own is refused, and the waiting goes on. */
    fun waitFor(flow: VenueFlow): Step {
        server.createContext("/", ::answer)
        // A thread for each connection: browsers also open some on which they say nothing.
        server.executor = Executors.newCachedThreadPool { work -> Thread(work).apply { isDaemon = true } }
        server.start()
        while (true) {
            try {
                return flow.receiveCallback(callbacks.take()).also { server.stop(0) }
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
private fun ask(step: Step.Choose): String {
    if (step.creationInDoubt) println("A new account was asked for, and the answer was lost: it may be in this list.")
    step.subaccounts.forEachIndexed { index, account -> println("  ${index + 1}  ${account.nickname ?: "account"} (${account.id})") }
    if (step.mayCreate) println("  n  make a new account")
    while (true) {
        println("Which account?")
        val answer = readlnOrNull()?.trim() ?: fail("Nobody is there to answer; the next run asks again.")
        if (answer == "n" && step.mayCreate) return constants().createSubaccount
        answer.toIntOrNull()?.let { step.subaccounts.getOrNull(it - 1) }?.let { return it.id }
    }
}

private fun fail(words: String): Nothing {
    System.err.println(words)
    exitProcess(1)
}

fun main(arguments: Array<String>) {
    fun given(name: String) = arguments.indexOf(name).takeIf { it >= 0 }?.let { arguments.getOrNull(it + 1) }
    val store = FileStore(Path.of(given("--state") ?: "bybit-connection.json"))
    val sandbox = given("--sandbox") // for example http://127.0.0.1:8700/bybit/mainnet
    val loopback = if ("--paste" in arguments) null else Loopback()
    val client = Client(
        ClientConfig(
            Venue.BYBIT, VenueEnvironment.MAINNET, clientId = "ai-agent", redirectUri = loopback?.redirectUri ?: PASTE,
            authorizeBase = sandbox, apiBase = sandbox,
        ),
    )
    try {
        val flow = when (val stored = store.load()) {
            null -> {
                val started = client.begin(Goal.API_KEY)
                store.save(started.pending.snapshot())
                // Exposed to be opened.
                val page = started.authorizeUrl.expose()
                println("Open this page and agree:\n$page")
                if (loopback != null && Desktop.isDesktopSupported()) Desktop.getDesktop().browse(URI(page))
                started.pending
            }
            // The redirect URI, port included, must be the one that the flow was begun with.
            else -> client.restore(stored).also { println("Going on where the program was stopped.") }
        }
        val step = when {
            flow.status !is FlowStatus.AwaitingCallback -> flow.resume()
            loopback != null -> loopback.waitFor(flow)
            else -> {
                println("The code from the page:")
                flow.receivePastedCode(readln())
            }
        }
        val done = driveBlocking(step, send = javaHttpSender(), save = store::save, choose = ::ask)
        val key = (done.outcome as Outcome.ApiKey).key
        // Here it would go into the keychain; only then is the flow forgotten.
        println("Connected: $key of account ${key.subMemberId}")
        store.forget()
    } catch (error: VenuekeyException) {
        // What has ended without a way on is forgotten, and the next run begins anew.
        val ended = store.load()?.let { runCatching { client.restore(it).resume() as? Step.Failed }.getOrNull() }
        if (ended != null && ended.recovery == null) store.forget()
        fail("${error.message}")
    }
}
