package io.github.venuekey.web

import io.github.venuekey.ConnectionStatus
import io.github.venuekey.VenuekeyException
import io.github.venuekey.blocking
import io.github.venuekey.connections.ConnectionNotFound
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Connections
import io.github.venuekey.connections.Log
import io.github.venuekey.connections.StoreBusy
import io.github.venuekey.stores.StoreError
import java.net.URI

private const val RETRY_AFTER_S = "3"
/** A button on an old page, or one that was pressed twice: whoever pressed it sees where the connection stands. */
private val MOVED_ON = setOf("wrong_state", "callback_already_received", "superseded")
private val GETS = setOf("callback", "refused", "status")
private val POSTS = setOf("connect", "choose", "paste", "recover", "reconnect", "cancel", "disconnect")

/**
 * The routes of docs/web.md, whatever the framework: what an adapter mounts. [respond] is the whole of it.
 *
 * @param prefix where they are mounted, such as `/connections`; empty if the server says so with each request.
 * @throws VenuekeyException `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
 */
public class Routes @JvmOverloads constructor(
    internal val connections: Connections,
    prefix: String = "",
    internal val options: WebOptions = WebOptions(),
) {
    internal val clients = connections.rows.clients
    internal val begins: Map<String, Begins> = checked(options, clients, prefix)
    internal val clientWords: Map<String, ClientWords> = clients.mapValues { ClientWords(it.value) }
    internal val words = Words(TEXTS + options.texts, clientWords)
    internal val assets = Assets(options)
    internal val guard: Guard

    init {
        val offered = begins.keys.map(clients::getValue)
        guard = Guard(offered.filterNot { it.takesPastedCode }.map { it.redirectUri }, offered.map { it.authorizeBase })
    }

    /** Answers one request. What it throws is the app's fault and not the browser's. */
    public suspend fun respond(request: Request): Response {
        val visit = Visit(request, this)
        val response = try {
            routed(visit)
        } catch (refused: Refused) {
            visit.refused(refused.status, refused.name)
        } catch (_: ConnectionNotFound) {
            visit.refused(404, "not_found")
        } catch (_: StoreBusy) {
            away(visit, "StoreBusy")
        } catch (_: StoreError) {
            away(visit, "StoreError")
        }
        if (request.method != "HEAD") return response
        return Response(response.status, response.headers + ("content-length" to "${response.body.size}"), response.body)
    }

    /** [respond] for a thread. */
    @Throws(InterruptedException::class)
    public fun respondBlocking(request: Request): Response = blocking { respond(request) }

    private fun away(visit: Visit, what: String): Response {
        Log.warning("the web got no answer of the store: $what")
        return visit.refused(503, "busy", listOf("retry-after" to RETRY_AFTER_S))
    }

    private suspend fun routed(visit: Visit): Response {
        val request = visit.request
        val (verb, rest) = request.path.removePrefix("/").let { it.substringBefore("/") to it.substringAfter("/", "") }
        val isHome = request.path in setOf("", "/")
        val methods = when {
            isHome || verb in GETS || verb == "assets" && rest in assets -> listOf("GET", "HEAD")
            verb in POSTS -> listOf("POST")
            else -> throw Refused(404, "not_found")
        }
        if (request.method !in methods) return visit.refused(405, "wrong_method", listOf("allow" to methods.joinToString()))
        if (verb == "assets") return assets.response(request, rest)
        val isPost = request.method == "POST"
        if (isPost) visit.fields = fieldsOf(request)
        if (request.owner.isNullOrEmpty()) return visit.unauthorized(verb)
        if (isPost) guard.checkForm(request, visit.fields)
        return when {
            isPost -> posted(visit, verb, rest)
            isHome -> home(visit)
            verb == "callback" -> callback(visit, rest)
            // Where a callback leads that was not accepted; of what the address says, the page repeats nothing.
            verb == "refused" -> throw if (rest == "not_accepted") Refused(400, rest) else Refused(404, "not_found")
            else -> status(visit, rest)
        }
    }

    private suspend fun posted(visit: Visit, verb: String, rest: String): Response = try {
        when (verb) {
            "connect" -> connect(visit, rest)
            "reconnect" -> visit.left(connections.status(rest, visit.owner).let { if (it.authorizeUrl == null) again(visit, it) else it })
            "cancel" -> {
                val view = connections.cancelAttempt(rest, visit.owner)
                val isOver = view.status == ConnectionStatus.ENDED || view.intent != null
                visit.done(if (isOver) "${visit.mount}/" else visit.statusPath(view), view)
            }
            "disconnect" -> {
                val view = connections.disconnect(rest, visit.owner, deleteKey = visit.fields["delete_key"] == "1")
                // Not its own page: a row that can't be opened is gone by now.
                visit.done("${visit.mount}/", view)
            }
            else -> pressed(visit, verb, rest).let { visit.done(visit.statusPath(it), it) }
        }
    } catch (error: VenuekeyException) {
        val isMisuse = error is VenuekeyException.Misuse
        // What it begins with is the app's own.
        if (verb == "connect") visit.failed(error, rest, "/", isOurs = isMisuse) else failed(visit, verb, rest, error)
    }

    private suspend fun pressed(visit: Visit, verb: String, id: String): ConnectionView = when (verb) {
        "choose" -> connections.choose(id, visit.field("account_id"), visit.owner)
        "paste" -> connections.receivePastedCode(id, visit.field("code"), visit.owner)
        else -> connections.recover(id, visit.owner)
    }

    private suspend fun failed(visit: Visit, verb: String, id: String, error: VenuekeyException): Response {
        val view = connections.status(id, visit.owner)
        if (error.code in MOVED_ON) return visit.done(visit.statusPath(view), view)
        return visit.failed(error, view.client, "/status/$id", isOurs = verb == "reconnect" && error is VenuekeyException.Misuse)
    }

    // Pages

    private suspend fun home(visit: Visit): Response {
        val views = connections.find(visit.owner)
        if (visit.isJson) {
            val offered = begins.keys.map { mapOf("name" to it, "venue" to clientWords.getValue(it).venue, "environment" to clientWords.getValue(it).environment) }
            return visit.told(mapOf("connections" to views.map(visit::said), "clients" to offered), hasForms = true)
        }
        val taken = views.filter { it.status != ConnectionStatus.ENDED }.map { it.client }.toSet()
        return visit.page(visit.pages.connections(views.map(::ViewWords), begins.keys.filterNot(taken::contains)))
    }

    private suspend fun status(visit: Visit, id: String): Response {
        val view = connections.status(id, visit.owner)
        if (visit.isJson) return visit.told(visit.said(view), hasForms = true)
        val after = options.after
        if (after != null && view.status == ConnectionStatus.CONNECTED && visit.query["connecting"] == "1") return visit.see(after)
        return visit.page(visit.pages.connection(ViewWords(view), closes = visit.query["popup"] == "1"))
    }

    // To the exchange and back

    private suspend fun connect(visit: Visit, client: String): Response {
        val begins = begins[client] ?: throw Refused(404, "not_found")
        val going = live(client, connections.find(visit.owner))
        if (going != null) {
            val isOver = going.authorizeUrl == null && going.status == ConnectionStatus.NEEDS_USER
            return visit.left(if (isOver) again(visit, going) else going)
        }
        val begun = begins.run { connections.begin(client, visit.owner, goal, label, keepAlive, consent) }
        // The other one of two clicks may have begun one too: they agree on the first.
        val first = live(client, connections.find(visit.owner))
        if (first == null || first.id == begun.id || first.authorizeUrl == null) return visit.left(begun)
        connections.disconnect(begun.id, visit.owner)
        return visit.left(first)
    }

    private suspend fun again(visit: Visit, view: ConnectionView): ConnectionView =
        connections.reconnect(view.id, visit.owner, begins[view.client]?.consent)

    private suspend fun callback(visit: Visit, rest: String): Response {
        // Bybit puts a slash before the question mark.
        val client = listOf(rest, rest.removeSuffix("/")).firstOrNull(begins::containsKey) ?: return visit.turnedAway(404, "not_found")
        // Whoever looks where a link leads has not come back from the exchange.
        if (visit.request.method == "HEAD") return visit.nothing()
        // Nor has a browser that guesses where its user goes next: it asks again when that happens.
        if (isPrefetch(visit.request)) throw Refused(403, "forbidden")
        // The path is the client's own, whatever a proxy makes of it: it is what led here.
        val url = "${URI(clients.getValue(client).redirectUri).rawPath}?${visit.request.query}"
        return try {
            visit.cameBack(connections.receiveClientCallback(client, url, visit.owner))
        } catch (_: ConnectionNotFound) {
            visit.turnedAway(400, "not_accepted")
        } catch (_: VenuekeyException) {
            visit.turnedAway(400, "not_accepted")
        }
    }
}

/** The client's connection that a click goes on with: one that waits for the user, else the newest. */
private fun live(client: String, views: List<ConnectionView>): ConnectionView? {
    val mine = views.filter { it.client == client && it.status != ConnectionStatus.ENDED && it.intent == null }
    val waiting = mine.filter { it.authorizeUrl != null }
    return waiting.minWithOrNull(compareBy({ it.trail.firstOrNull()?.atMs ?: 0 }, { it.id })) ?: mine.maxByOrNull(::lastMs)
}

private fun lastMs(view: ConnectionView): Long = view.trail.lastOrNull()?.atMs ?: 0
