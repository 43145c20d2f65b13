package io.github.venuekey.web

import io.github.venuekey.BeginOptions
import io.github.venuekey.Client
import io.github.venuekey.FlowOperation
import io.github.venuekey.Goal
import io.github.venuekey.KeepAlive
import io.github.venuekey.connections.misuse
import io.github.venuekey.connections.word
import io.github.venuekey.connections.wrong
import java.net.URI
import java.net.URLDecoder

/** What a client's connections begin with, as of `Connections.begin`. */
public data class Begins @JvmOverloads constructor(
    public val goal: Goal = Goal.API_KEY,
    public val label: String? = null,
    public val keepAlive: KeepAlive? = null,
    public val consent: BeginOptions? = null,
)

/** What every way to mount the routes takes. */
public data class WebOptions @JvmOverloads constructor(
    /** What every client's connections are for. */
    public val goal: Goal = Goal.API_KEY,
    /** In its place: the clients that users may connect here, by their names, and what each begins with. */
    public val clients: Map<String, Begins>? = null,
    /** Where who is not logged in goes; null: they get a page that says so. */
    public val loginUrl: String? = null,
    /** Where the browser goes once the user is connected; null: to the connection's page. */
    public val after: String? = null,
    /** Whether the exchange opens in a window of its own. */
    public val popup: Boolean = false,
    /** Texts in place of ours, by their keys: `"button.connect" to "Link {venue}"`. */
    public val texts: Map<String, String> = emptyMap(),
    /** CSS that comes after ours. */
    public val stylesheet: String = "",
    /** Whether [stylesheet] is all the CSS there is. */
    public val replaceStylesheet: Boolean = false,
    /** Makes a whole page of a title, which is text, and a body, which is HTML. */
    public val page: ((String, String) -> String)? = null,
)

/** Texts that an app may have of what we have none. */
private val OPEN = listOf("client.", "environment.", "error.", "recovery.", "venue.", "wait.")

/** What each client that is offered begins with: checked when the app starts and not when a user clicks. */
internal fun checked(options: WebOptions, clients: Map<String, Client>, prefix: String): Map<String, Begins> {
    val begins = options.clients ?: clients.mapValues { Begins(options.goal) }
    if (prefix.isNotEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
        throw wrong("prefix must begin with a slash and not end with one, such as \"/connections\", not \"$prefix\"")
    }
    for ((name, each) in begins) {
        val client = clients[name] ?: throw wrong("clients names a client \"$name\"; there are: ${clients.keys.joinToString()}")
        val wanted = if (each.goal == Goal.API_KEY) FlowOperation.API_KEY else FlowOperation.ACCOUNT_TOKENS
        if (!client.supports(wanted)) {
            throw wrong("goal of \"$name\" is ${each.goal}, which ${word(client.venue)} ${word(client.environment)} does not offer")
        }
        if (!client.takesPastedCode) checkRedirect(name, client, prefix)
    }
    for (key in options.texts.keys) {
        if (key !in TEXTS && key != "lang" && OPEN.none(key::startsWith)) throw wrong("texts has \"$key\", which is not the key of a text")
    }
    for ((option, url) in mapOf("after" to options.after, "loginUrl" to options.loginUrl)) {
        if (url != null && listOf("/", "https://", "http://").none(url::startsWith)) {
            throw wrong("$option must be a path or an address, such as \"/login\", not \"$url\"")
        }
    }
    return begins
}

private fun checkRedirect(name: String, client: Client, prefix: String) {
    val route = "$prefix/callback/$name"
    val path = URLDecoder.decode(URI(client.redirectUri).rawPath.orEmpty().replace("+", "%2B"), Charsets.UTF_8).trimEnd('/')
    if (path.endsWith(route)) return
    throw misuse(
        "invalid_configuration",
        "the redirectUri of client \"$name\" must end with $route, where these routes await the browser; it is ${client.redirectUri}",
    )
}
