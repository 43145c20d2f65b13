package io.github.venuekey.web

import io.github.venuekey.VenuekeyException
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.Log
import io.github.venuekey.connections.word

private const val POPUP_LIVES_S = 3_600
private val KINDS = mapOf("busy" to "unavailable", "forbidden" to "rejected", "not_accepted" to "rejected")

/** One request on its way to a response. */
internal class Visit(val request: Request, private val routes: Routes) {
    private val guard = routes.guard
    private val headers = mutableListOf<Pair<String, String>>()
    private val secret = guard.secret(request)
    private val fresh = if (secret == null) newSecret() else null
    private val csrf = csrfToken(secret ?: fresh, request.owner).orEmpty()
    private val markName = "${guard.cookie}-popup"

    val owner: String = request.owner.orEmpty()

    /** Two slashes at its beginning would make a host of what follows. */
    val mount: String = request.mount.trim('/').let { if (it.isEmpty()) "" else quotedPath("/$it") }
    val query: Map<String, String> = queryOf(request.query)
    val isJson: Boolean = prefersJson(request) || request.method == "POST" && isJson(request)
    var fields: Map<String, String> = emptyMap()
    val pages = Page(
        mount, csrf, routes.assets.url(mount, "style.css"), routes.assets.url(mount, "page.js"), routes.words, routes.clientWords,
        routes.options.popup, routes.options.page,
    )

    fun field(name: String): String = fields[name] ?: throw Refused(400, "bad_request")

    // Addresses

    fun statusPath(view: ConnectionView, query: String = ""): String = "$mount/status/${view.id}$query"

    /** To the exchange, where a consent is wanted; a pop-up's way back is marked. */
    fun left(view: ConnectionView): Response {
        if (fields["popup"] == "1") mark("1", POPUP_LIVES_S) else if (markName in cookies(request)) mark("", 0)
        return done(view.authorizeUrl?.expose() ?: statusPath(view), view)
    }

    /** From the exchange: code and state leave the history. */
    fun cameBack(view: ConnectionView): Response {
        val isPopup = cookies(request)[markName] == "1"
        if (isPopup) mark("", 0)
        return see(statusPath(view, if (isPopup) "?popup=1" else if (routes.options.after != null) "?connecting=1" else ""))
    }

    /** From the exchange, or from anywhere: what is told stands at an address without code and state. */
    fun turnedAway(status: Int, name: String): Response =
        if (isJson || request.query.isEmpty()) refused(status, name) else see("$mount/refused/$name")

    private fun mark(value: String, livesS: Int) {
        headers += guard.setCookie(markName, value, "; Max-Age=$livesS")
    }

    // Responses

    fun see(location: String): Response = made(303, "text/plain; charset=utf-8", "", listOf("location" to location))

    fun nothing(): Response = made(200, "text/plain; charset=utf-8", "")

    fun done(location: String, view: ConnectionView): Response =
        if (isJson) told(mapOf("location" to location, "connection" to said(view))) else see(location)

    /** A page with forms, which have the browser's token. */
    fun page(html: String): Response {
        giveSecret()
        return made(200, "text/html; charset=utf-8", html)
    }

    fun told(value: Map<String, Any?>, status: Int = 200, hasForms: Boolean = false, more: List<Pair<String, String>> = emptyList()): Response {
        if (hasForms) giveSecret()
        return made(status, "application/json", Json.of(if (hasForms) value + ("csrf" to csrf) else value), more)
    }

    private fun giveSecret() {
        if (fresh != null) headers += guard.setCookie(guard.cookie, fresh)
    }

    fun said(view: ConnectionView): Map<String, Any?> {
        val says = routes.words.says(ViewWords(view))
        // The app's own name for the user can be what logs them in.
        return view.asMap() - "owner" +
            mapOf("title" to says.label, "text" to says.text, "then" to says.then, "state" to says.state, "shown" to says.shown)
    }

    /** A page without forms. It gives no secret: to another site's form the browser does not show the one it has. */
    fun refused(status: Int, name: String, more: List<Pair<String, String>> = emptyList()): Response {
        if (isJson) return told(mapOf("error" to mapOf("code" to name, "kind" to (KINDS[name] ?: "misuse"))), status, more = more)
        return made(status, "text/html; charset=utf-8", pages.message(name), more)
    }

    fun unauthorized(verb: String): Response {
        // A callback stays where it is: loaded again after the login, it is received.
        val leads = request.method != "POST" && !isJson && verb != "callback"
        val login = routes.options.loginUrl
        return if (login != null && leads) see(login) else refused(401, "unauthorized")
    }

    /** Where what was asked for could not even begin. */
    fun failed(error: VenuekeyException, client: String, back: String, isOurs: Boolean): Response {
        val status = if (isOurs) 500 else if (error is VenuekeyException.Unavailable) 503 else 400
        if (isOurs) Log.error("the web asked for what can't be done: ${error.code}: ${error.details.hint.orEmpty()}")
        val (code, kind) = error.code to word(error.kind)!!
        if (isJson) {
            val hint = error.details.hint?.let { mapOf("hint" to it) }.orEmpty()
            return told(mapOf("error" to mapOf("code" to code, "kind" to kind) + hint), status)
        }
        val wrong = Wrong(code, kind)
        val html = pages.message("bad_request", routes.words.ofError("happened", client, wrong), routes.words.ofError("next", client, wrong), back)
        return made(status, "text/html; charset=utf-8", html)
    }

    private fun made(status: Int, type: String, text: String, more: List<Pair<String, String>> = emptyList()): Response =
        Response(status, listOf("content-type" to type) + guard.headers + headers + more, text.toByteArray())
}

/** A path as it stands in an address: what must be written with percent signs is. */
private fun quotedPath(path: String): String = quoted(path, kept = "/!$&'()*+,;=:@~")
