/**
 * Connects a Bybit account to a program on the user's own machine: no backend, no client secret.
 *
 *     connect [--paste] [--sandbox URL] [--state FOLDER]
 *
 * The browser comes back to this program (loopback redirect); with `--paste` the user copies the code from Bybit's page
 * instead. Stopped half-way it goes on where it was, and once connected it is at once.
 */
import io.github.venuekey.Client
import io.github.venuekey.ClientConfig
import io.github.venuekey.HttpMethod
import io.github.venuekey.Venue
import io.github.venuekey.VenueEnvironment
import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.AccountBlocking
import io.github.venuekey.connections.connectLocal
import io.github.venuekey.stores.FileStore
import java.io.File
import java.io.IOException
import java.net.BindException
import java.util.logging.Level
import java.util.logging.Logger
import kotlin.system.exitProcess

private val PORTS = 9876..9886 // those that Bybit knows
private const val PASTE = "https://www.bybit.com/oauth/callback"
private val LOGGER = Logger.getLogger("venuekey") // kept: the logging would forget its level with it

private fun connect(store: FileStore, paste: Boolean, sandbox: String?): AccountBlocking {
    for (port in PORTS) {
        val redirectUri = if (paste) PASTE else "http://127.0.0.1:$port/callback"
        val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "ai-agent", redirectUri, authorizeBase = sandbox, apiBase = sandbox)
        try {
            return connectLocal(Client(config), store, paste = paste)
        } catch (_: BindException) {
            // Another program has it, and nothing was begun.
        }
    }
    throw IOException("The ports 9876 to 9886 are all in use; stop one of those programs, or use --paste.")
}

fun main(arguments: Array<String>) {
    LOGGER.level = Level.WARNING
    fun given(name: String) = arguments.indexOf(name).takeIf { it >= 0 }?.let { arguments.getOrNull(it + 1) }
    // A real program has the store's key in the system's keychain, by a KeyVault.
    val store = FileStore(File(given("--state") ?: "bybit-connection"))
    try {
        val account = connect(store, "--paste" in arguments, given("--sandbox")) // for example http://127.0.0.1:8700/bybit/mainnet
        println("Connected: ${account.call(HttpMethod.GET, "/v5/user/query-api").payload}")
    } catch (error: VenuekeyException) {
        fail(error)
    } catch (error: IOException) {
        fail(error)
    }
    store.close()
}

private fun fail(error: Exception) {
    System.err.println(error.message)
    exitProcess(1)
}
