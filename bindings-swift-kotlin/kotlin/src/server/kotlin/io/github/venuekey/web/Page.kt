package io.github.venuekey.web

import io.github.venuekey.constants
import java.net.URLEncoder

/**
 * From views to HTML, by code alone: the same views give the same bytes in every language. One page's place and powers: every link and form
 * on it is made of these.
 */
internal class Page(
    private val mount: String,
    private val csrf: String,
    private val styleUrl: String,
    private val scriptUrl: String,
    private val words: Words,
    private val clients: Map<String, ClientWords>,
    private val popup: Boolean,
    private val layout: ((String, String) -> String)?,
) {
    /** All of a user's, and what else can be connected. */
    fun connections(views: List<ViewWords>, offered: List<String>): String {
        val told = views.map { it to words.says(it) }
        val cards = told.filter { (_, says) -> says.shown }.map { (view, says) -> card(view, says, isListed = true) }
        val body = cards.ifEmpty { listOf(line("p", "soft", words.text("page.connections.text"))) } + offered.map(::offer)
        return whole(words.text("page.connections.title"), body, watches = told.any { (_, says) -> says.moves })
    }

    /** One of them. A pop-up that has done what it was for closes itself. */
    fun connection(view: ViewWords, closes: Boolean): String {
        val says = words.says(view)
        val first = if (closes) listOf(line("p", "soft", words.text("page.pop_up.text"))) else emptyList()
        val title = words.text("page.connection.title", view.client)
        return whole(title, first + card(view, says, isListed = false) + back(), watches = says.moves, closes = closes)
    }

    /** A page for what is not a connection. */
    fun message(name: String, text: String = "", then: String = "", back: String = ""): String {
        val what = line("p", "", text.ifEmpty { words.text("page.$name.text") })
        val next = if (then.isEmpty()) emptyList() else listOf(line("p", "then", then))
        return whole(words.text("page.$name.title"), listOf(what) + next + back(back))
    }

    private fun whole(title: String, body: List<String>, watches: Boolean = false, closes: Boolean = false): String {
        val refresh = if (watches) "<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>\n" else ""
        val assets = "<link rel=\"stylesheet\" href=\"${escaped(styleUrl)}\">\n<script src=\"${escaped(scriptUrl)}\" defer></script>\n$refresh"
        val marks = (if (watches) " data-watch" else "") + (if (closes) " data-close" else "")
        val main = "<h1>${escaped(title)}</h1>\n" + body.joinToString("")
        if (layout != null) return layout.invoke(title, "$assets<div class=\"venuekey\"$marks>\n$main</div>\n")
        return "<!doctype html>\n<html lang=\"${escaped(words.texts["lang"] ?: "en")}\">\n<head>\n<meta charset=\"utf-8\">\n" +
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
            "<title>${escaped(title)}</title>\n$assets</head>\n" +
            "<body class=\"venuekey-page\">\n<main class=\"venuekey\"$marks>\n$main</main>\n</body>\n</html>\n"
    }

    // Parts

    private fun card(view: ViewWords, says: Says, isListed: Boolean): String {
        val title = titled(view.client, view.environment) + (view.label?.let { ": $it" } ?: "")
        val named = if (isListed) "aria-labelledby=\"title-${view.id}\"" else "aria-label=\"${escaped(title)}\""
        val head = if (isListed) "<h2 id=\"title-${view.id}\">${escaped(title)}</h2>" else ""
        val badge = "badge ${says.style}".trim()
        val then = if (says.then.isEmpty()) "" else line("p", "then", says.then)
        val (facts, asked) = facts(view) to choices(view) + paste(view)
        return "<article class=\"card\" id=\"connection-${view.id}\" data-state=\"${escaped(says.state)}\" $named>\n" +
            "<div class=\"head\">$head<span class=\"$badge\">${escaped(says.label)}</span></div>\n" +
            "<div role=\"status\"><p data-text>${escaped(says.text)}</p></div>\n" +
            (if (view.isBeside) "$facts<div class=\"attempt\">\n$then$asked${buttons(attemptActions(view))}</div>\n" else then + facts + asked) +
            buttons(actions(view)) + "</article>\n"
    }

    private fun titled(client: String, environment: String?): String =
        listOf(words.venue(client), words.environment(environment)).filter(String::isNotEmpty).joinToString(" ")

    private fun facts(view: ViewWords): String {
        if (view.status == "ended") return ""
        val rows = listOf("uid" to view.uid, "key" to view.keyId?.let(::short)).mapNotNull { (name, value) ->
            value?.let { "<dt>${escaped(words.text("label.$name"))}</dt><dd><code>${escaped(it)}</code></dd>\n" }
        }
        return if (rows.isEmpty()) "" else "<dl>\n${rows.joinToString("")}</dl>\n"
    }

    private fun choices(view: ViewWords): String {
        val accounts = view.accounts ?: return ""
        val created = if (view.mayCreate) listOf(constants().createSubaccount to words.text("button.create_account", view.client)) else emptyList()
        val boxes = (accounts.map { (id, name) -> id to name.orEmpty().ifEmpty { id } } + created).joinToString("") { (id, name) ->
            "<label class=\"choice\"><input type=\"radio\" name=\"account_id\" value=\"${escaped(id)}\" required>" +
                "<span>${escaped(name)}</span></label>\n"
        }
        val legend = "<legend class=\"unseen\">${escaped(words.text("label.account"))}</legend>\n"
        return form("/choose/${view.id}", "<fieldset>\n$legend$boxes</fieldset>\n${button("choose", view.client, "primary")}")
    }

    private fun paste(view: ViewWords): String {
        if (!words.pastes(view)) return ""
        val field = "<label class=\"field\">${escaped(words.text("label.code", view.client))}\n" +
            "<input id=\"code-${view.id}\" name=\"code\" required autocomplete=\"off\" autocapitalize=\"off\"" + " spellcheck=\"false\"></label>\n"
        return form("/paste/${view.id}", field + button("paste", view.client))
    }

    private fun actions(view: ViewWords): List<String> {
        if (view.status == "ended" || view.intent != null) return emptyList()
        if (view.status == "quarantined") return listOf(form("/disconnect/${view.id}", button("remove", view.client)))
        if (view.status == "awaiting_user") return waiting(view)
        val isFailed = view.attempt == "failed"
        val actions = (if (view.isBeside) emptyList() else recover(view)).toMutableList()
        if (view.status != "working" && (isFailed || !view.isBeside)) {
            actions += reconnect(view, if (view.status == "needs_user" && actions.isEmpty() && !isOurs(view)) "primary" else "")
        }
        // Nothing is lost with an attempt that has brought nothing and can't go on.
        val isNothing = view.status == "needs_user" && isFailed && view.keyId == null && view.recovery == null
        return actions + if (isNothing) cancel(view, "dismiss") else disconnect(view)
    }

    /** Of an attempt in front of an account that works. */
    private fun attemptActions(view: ViewWords): List<String> = when {
        view.attempt == "failed" -> recover(view) + cancel(view, "dismiss")
        view.isUnderWay -> emptyList()
        else -> waiting(view)
    }

    private fun waiting(view: ViewWords): List<String> {
        val stop = cancel(view, "stop")
        if (!view.hasConsent) return listOf(stop)
        return listOf(leave("/reconnect/${view.id}", view.client, button("continue", view.client, "primary")), stop)
    }

    private fun recover(view: ViewWords): List<String> {
        val name = "recovery.${view.recovery}.button"
        if (view.recovery == null || !words.has(name)) return emptyList()
        return listOf(form("/recover/${view.id}", button(name, view.client, "primary")))
    }

    /** Calls the attempt off, and nothing that works. */
    private fun cancel(view: ViewWords, name: String): String = form("/cancel/${view.id}", button(name, view.client))

    private fun reconnect(view: ViewWords, style: String): String {
        val (path, client) = "/reconnect/${view.id}" to view.client
        if (!view.replacesKey) return leave(path, client, button("reconnect", client, style))
        val form = leave(path, client, button("confirm_reconnect", client, "danger"))
        return details("reconnect", client, words.text("about.replaces_key", client), form)
    }

    private fun disconnect(view: ViewWords): String {
        val client = view.client
        val deletes = view.keyId != null && clients[client]?.deletesKeys ?: false
        val more = if (view.keyId == null) "" else " " + words.text(if (deletes) "disconnect.delete_key" else "disconnect.keep_key", client)
        val inside = if (!deletes) "" else "<label class=\"choice\"><input type=\"checkbox\" name=\"delete_key\" value=\"1\">" +
            "<span>${escaped(words.text("label.delete_key", client))}</span></label>\n"
        val form = form("/disconnect/${view.id}", inside + button("confirm_disconnect", client, "danger"))
        return details("disconnect", client, words.text("disconnect.explain", client) + more, form)
    }

    private fun offer(client: String): String {
        val title = titled(client, clients.getValue(client).environment)
        val form = leave("/connect/${quoted(client)}", client, button("connect", client, "primary"))
        return "<article class=\"card\" aria-label=\"${escaped(title)}\">\n<div class=\"head\"><h2>${escaped(title)}</h2></div>\n" +
            line("p", "soft", words.text("about.unapproved", client)) + "<div class=\"actions\">\n$form</div>\n</article>\n"
    }

    private fun form(path: String, inside: String, more: String = ""): String {
        val token = "<input type=\"hidden\" name=\"csrf\" value=\"${escaped(csrf)}\">"
        return "<form method=\"post\" action=\"${escaped(mount + path)}\"$more>$token\n$inside</form>\n"
    }

    /** A form whose answer leads to the exchange: in another tab where the user comes back with a code by hand. */
    private fun leave(path: String, client: String, button: String): String = when {
        words.showsCode(client) -> form(path, button, " target=\"_blank\"")
        popup -> form(path, "<input type=\"hidden\" name=\"popup\" value=\"\">\n$button", " data-popup")
        else -> form(path, button)
    }

    private fun button(name: String, client: String, style: String = ""): String =
        "<button${if (style.isEmpty()) "" else " class=\"$style\""}>${label(name, client)}</button>\n"

    private fun details(name: String, client: String, text: String, form: String): String =
        "<details>\n<summary>${label(name, client)}</summary>\n${line("p", "", text)}$form</details>\n"

    /** A button's words; those who hear only these hear which exchange it is about. */
    private fun label(name: String, client: String): String {
        val (label, venue) = words.text(if ("." in name) name else "button.$name", client) to words.venue(client)
        return escaped(label) + if (venue in label) "" else "<span class=\"unseen\">: ${escaped(venue)}</span>"
    }

    private fun back(to: String = ""): String {
        val label = escaped(words.text("button.back"))
        return "<p class=\"actions\"><a class=\"button\" href=\"${escaped(mount + to.ifEmpty { "/" })}\">$label</a></p>\n"
    }
}

private fun buttons(actions: List<String>): String =
    if (actions.isEmpty()) "" else "<div class=\"actions\">\n${actions.joinToString("")}</div>\n"

private fun line(tag: String, style: String, text: String): String =
    "<$tag${if (style.isEmpty()) "" else " class=\"$style\""}>${escaped(text)}</$tag>\n"

/** As text and inside of an attribute's double quotes. */
internal fun escaped(text: String): String = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;")

/** A client's name in a path: as JavaScript's `encodeURIComponent`. */
internal fun quoted(name: String, kept: String = "!'()*~"): String = buildString {
    append(URLEncoder.encode(name, Charsets.UTF_8).replace("+", "%20").replace("*", "%2A"))
    for (each in kept) URLEncoder.encode("$each", Charsets.UTF_8).replace("*", "%2A").let { code -> replaceAll(code, "$each") }
}

private fun StringBuilder.replaceAll(code: String, by: String) {
    if (code == by) return
    val replaced = toString().replace(code, by)
    setLength(0)
    append(replaced)
}
