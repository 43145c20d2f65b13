package io.github.venuekey.web

import io.github.venuekey.Client
import io.github.venuekey.FlowOperation
import io.github.venuekey.connections.ConnectionView
import io.github.venuekey.connections.word

/** What pages ask of a client, in words: a later release's rows may have words that are none of ours. */
internal class ClientWords(
    val venue: String,
    val environment: String,
    val takesPastedCode: Boolean,
    val deletesKeys: Boolean,
) {
    constructor(client: Client) :
        this(word(client.venue)!!, word(client.environment)!!, client.takesPastedCode, client.supports(FlowOperation.DELETE_KEY))
}

/** What pages ask of a view, in words. */
internal class ViewWords(
    val id: String,
    val client: String,
    val label: String?,
    val environment: String?,
    val status: String,
    val hasConsent: Boolean,
    val accounts: List<Pair<String, String?>>?,
    val mayCreate: Boolean,
    val creationInDoubt: Boolean,
    val attempt: String?,
    val error: Wrong?,
    val recovery: String?,
    val replacesKey: Boolean,
    val wait: String?,
    val uid: String?,
    val keyId: String?,
    val keyLeft: String?,
    val intent: String?,
    val noWorker: Boolean,
) {
    /** Whether there is an attempt to connect again in front of an account that works. */
    val isBeside: Boolean get() = status == "connected" && attempt != null

    /** Whether a worker is at that attempt, or will be: nobody can call it off. */
    val isUnderWay: Boolean get() = isBeside && attempt in setOf("working", "handing_off")

    constructor(view: ConnectionView) : this(
        view.id, view.client, view.label, word(view.environment), word(view.status)!!, view.authorizeUrl != null,
        view.choices?.subaccounts?.map { it.id to it.nickname }, view.choices?.mayCreate ?: false, view.choices?.creationInDoubt ?: false,
        word(view.attempt?.status), view.error?.let { Wrong(it.code, word(it.kind)!!) }, word(view.recovery), view.replacesKey,
        word(view.wait?.reason), view.uid, view.keyId, view.keyLeft, word(view.intent), view.noWorker,
    )
}

/** An error, in words. */
internal class Wrong(val code: String, val kind: String)

/** What a card says of a connection. */
internal class Says(
    /** Changes whenever the card has more news than its text: then a page loads itself again. */
    val state: String,
    val style: String,
    val label: String,
    val text: String,
    val then: String,
    /** Whether the list of connections has a card of it. */
    val shown: Boolean,
    /** Whether it is to change without a click on this page. */
    val moves: Boolean,
)

/** The words: ours, and those that the app has in their place. */
internal class Words(val texts: Map<String, String>, private val clients: Map<String, ClientWords>) {
    /** The text of that key, its places filled in. */
    fun text(of: String, client: String = "", key: String? = null): String {
        var text = texts.getValue(of)
        if (client.isNotEmpty()) text = text.replace("{venue}", venue(client))
        if (key != null) text = text.replace("{key}", key)
        return text
    }

    fun has(key: String): Boolean = key in texts

    /** What the client's exchange is called: `client.<name>` if the app has given that. */
    fun venue(client: String): String = texts["client.$client"] ?: clients[client]?.let { texts["venue.${it.venue}"] ?: it.venue } ?: client

    fun environment(of: String?): String = texts["environment.$of"] ?: ""

    fun ofError(part: String, client: String, error: Wrong): String {
        val key = "error.${error.code}.$part"
        return text(if (has(key)) key else "kind.${error.kind}.$part", client)
    }

    fun pastes(view: ViewWords): Boolean = view.hasConsent && showsCode(view.client)

    fun showsCode(client: String): Boolean = clients[client]?.takesPastedCode ?: false

    /** The whole of what is told of a connection, as plain text. */
    fun says(view: ViewWords): Says {
        val (style, text, then) = told(view)
        val hasNews = view.error != null && view.status in setOf("connected", "needs_user")
        val parts = listOf(
            view.status, view.intent, view.error?.code?.takeIf { hasNews }, view.recovery?.takeIf { hasNews },
            "choose".takeIf { view.accounts != null }, "visit".takeIf { view.hasConsent },
            // What is said of an attempt that is under way is not in the text.
            "again ${doing(view)}".takeIf { view.isUnderWay },
        )
        val waits = view.status == "awaiting_user" || view.hasConsent
        val isOver = view.status == "ended"
        return Says(
            state = parts.filterNot { it.isNullOrEmpty() }.joinToString(" "),
            style = style,
            label = text(if (isOurs(view)) "status.not_working" else "status.${view.status}"),
            text = text,
            then = then,
            shown = !isOver || view.keyLeft != null,
            moves = !isOver && (style == "busy" || view.isUnderWay || waits && view.accounts == null),
        )
    }

    /** Its style, what it says, and what is to do then. */
    private fun told(view: ViewWords): Triple<String, String, String> {
        fun about(name: String, key: String? = null) = text("about.$name", view.client, key)
        val doubt = if (view.creationInDoubt) about("creation_in_doubt") else ""
        return when {
            // Core's word for a key of which nothing is known.
            view.status == "ended" && view.keyLeft == "unknown" -> Triple("", about("key_unknown"), "")
            view.status == "ended" -> Triple("", view.keyLeft?.let { about("key_left", short(it)) } ?: about("ended"), "")
            view.status == "quarantined" -> Triple("wants", about("quarantined"), "")
            view.intent != null -> Triple("busy", about("disconnecting"), "")
            view.status == "working" -> Triple("busy", text(doing(view), view.client), "")
            view.status == "awaiting_user" && view.accounts != null -> Triple("wants", about("awaiting_choice"), doubt)
            view.status == "awaiting_user" ->
                Triple("wants", about("awaiting_user"), about(if (pastes(view)) "awaiting_code" else "awaiting_user_declined"))
            view.isUnderWay -> Triple("good", about("connected"), "${about("connecting_again")} ${text(doing(view), view.client)}")
            view.isBeside && view.error == null -> {
                val waits = about(if (view.accounts == null) "awaiting_user" else "awaiting_choice")
                val code = if (pastes(view)) about("awaiting_code") else ""
                val parts = listOf(about("connecting_again"), waits, code, doubt, about("stop_keeps"))
                Triple("good", about("connected"), parts.filter(String::isNotEmpty).joinToString(" "))
            }
            view.error == null -> Triple(if (view.status == "connected") "good" else "wants", about("connected"), "")
            else -> {
                val (happened, following) = ofError("happened", view.client, view.error) to following(view, view.error)
                if (view.status == "connected") Triple("good", about("still_connected"), "$happened $following") else Triple("wants", happened, following)
            }
        }
    }

    /** What a worker is at: the key of the text that says so. */
    private fun doing(view: ViewWords): String =
        if (view.noWorker) "about.no_worker" else "wait.${view.wait}".takeIf(::has) ?: "about.working"

    private fun following(view: ViewWords, error: Wrong): String {
        val key = "recovery.${view.recovery}.next"
        return if (view.recovery != null && has(key)) text(key, view.client) else ofError("next", view.client, error)
    }
}

/** Whether nothing that the user does helps. */
internal fun isOurs(view: ViewWords): Boolean = view.status == "needs_user" && view.error?.kind == "misuse"

/** Enough to know a key by: at some exchanges its id is its public half. */
internal fun short(key: String): String {
    val characters = key.codePoints().toArray()
    return if (characters.size <= 12) key else "…" + String(characters, characters.size - 8, 8)
}
