package io.github.venuekey.web

/** An adapter reads one byte more than this at most: that is enough to refuse a longer body. */
public const val MOST_BODY: Int = 16 * 1024

/**
 * One request, as an adapter gives it to [Routes.respond].
 *
 * @param path below the mount, with its percent signs decoded: `/status/0f…`. An empty one is `/`.
 * @param mount where the routes are, as the browser's address has it, decoded likewise, such as `/app/connections`; empty at the root.
 * @param query as it came, without the question mark.
 * @param headers several of a name joined by commas, cookies by semicolons.
 * @param body at most [MOST_BODY] bytes and one.
 * @param owner the app's own name for the user who is logged in, or null.
 */
public class Request(
    internal val method: String,
    internal val path: String,
    internal val mount: String,
    internal val query: String,
    headers: Map<String, String>,
    internal val body: ByteArray,
    internal val owner: String?,
) {
    internal val headers: Map<String, String> = headers.mapKeys { it.key.lowercase() }

    /** Whether its answer has a body; of a HEAD's it has the length alone. */
    public val hasBody: Boolean get() = method != "HEAD"

    override fun toString(): String = "Request($method)"
}

/** One answer. Send its headers as they are: `set-cookie` may come twice. */
public class Response internal constructor(
    /** The status. */
    public val status: Int,
    /** Names and values. */
    public val headers: List<Pair<String, String>>,
    /** What a GET gets; a HEAD has its length among the headers. */
    public val body: ByteArray,
) {
    override fun toString(): String = "Response($status)"
}
