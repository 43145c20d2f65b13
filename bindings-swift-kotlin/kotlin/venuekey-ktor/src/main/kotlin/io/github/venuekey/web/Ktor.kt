package io.github.venuekey.web

import io.github.venuekey.connections.Connections
import io.ktor.http.ContentType
import io.ktor.http.Headers
import io.ktor.http.HttpStatusCode
import io.ktor.http.content.OutgoingContent
import io.ktor.http.decodeURLPart
import io.ktor.server.application.ApplicationCall
import io.ktor.server.request.httpMethod
import io.ktor.server.request.path
import io.ktor.server.request.queryString
import io.ktor.server.request.receiveChannel
import io.ktor.server.response.respond
import io.ktor.server.routing.Route
import io.ktor.server.routing.route
import io.ktor.utils.io.readRemaining
import kotlinx.io.readByteArray

/**
 * The routes of docs/web.md: `routing { connections(connections) { call -> call.sessions.get<User>()?.id } }`.
 *
 * @param prefix where they are, below the route that this is called on.
 * @param owner your own name for the user who is logged in; null if nobody is.
 * @throws VenuekeyException `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
 */
public fun Route.connections(
    connections: Connections,
    prefix: String = "/connections",
    options: WebOptions = WebOptions(),
    owner: suspend (ApplicationCall) -> String?,
) {
    val routes = Routes(connections, prefix, options)
    route("$prefix/{venuekey...}") {
        handle {
            val whole = call.request.path()
            val mount = mountOf(whole, call.parameters.getAll("venuekey").orEmpty().count { it.isNotEmpty() })
            val headers = call.request.headers.names().associateWith { name ->
                // HTTP/2 may bring cookies in parts.
                call.request.headers.getAll(name).orEmpty().joinToString(if (name.equals("cookie", ignoreCase = true)) "; " else ", ")
            }
            val body = call.receiveChannel().readRemaining(MOST_BODY + 1L).readByteArray()
            val asked = Request(
                call.request.httpMethod.value, whole.removePrefix(mount).decodeURLPart(), mount.decodeURLPart(), call.request.queryString(), headers,
                body, owner(call),
            )
            call.respond(contentOf(routes.respond(asked), hasBody = asked.hasBody))
        }
    }
}

/** What stands before so many segments: the app's own place, and the prefix. What it is called says nothing of where it ends. */
private fun mountOf(whole: String, segmentsBelow: Int): String {
    var mount = whole.trimEnd('/')
    repeat(segmentsBelow) { mount = mount.substringBeforeLast('/').trimEnd('/') }
    return mount
}

private fun contentOf(answer: Response, hasBody: Boolean): OutgoingContent {
    val own = setOf("content-type", "content-length")
    val others = Headers.build { for ((name, value) in answer.headers) if (name !in own) append(name, value) }
    val type = answer.headers.first { it.first == "content-type" }.second.let(ContentType::parse)
    val code = HttpStatusCode.fromValue(answer.status)
    return if (hasBody) object : OutgoingContent.ByteArrayContent() {
        override val status = code
        override val headers = others
        override val contentType = type
        override val contentLength = answer.body.size.toLong()

        override fun bytes() = answer.body
    } else object : OutgoingContent.NoContent() {
        override val status = code
        override val headers = others
        override val contentType = type
        override val contentLength = answer.body.size.toLong()
    }
}
