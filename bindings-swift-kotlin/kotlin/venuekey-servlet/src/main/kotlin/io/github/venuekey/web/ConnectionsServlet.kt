package io.github.venuekey.web

import io.github.venuekey.connections.Connections
import jakarta.servlet.http.HttpServlet
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import java.net.URLEncoder
import java.util.function.Function

/**
 * The routes of docs/web.md as a servlet. Map it to `/connections/…` with a star at the end: in Spring,
 * `new ServletRegistrationBean<>(new ConnectionsServlet(connections, owner), "/connections/…")`.
 *
 * @param owner your own name for the user who is logged in, of the request; null if nobody is.
 * @param prefix where it is mapped.
 * @throws VenuekeyException `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
 */
public open class ConnectionsServlet @JvmOverloads constructor(
    connections: Connections,
    @Transient private val owner: Function<HttpServletRequest, String?>,
    prefix: String = "/connections",
    options: WebOptions = WebOptions(),
) : HttpServlet() {
    @Transient
    private val routes = Routes(connections, prefix, options)

    override fun service(request: HttpServletRequest, response: HttpServletResponse) {
        val headers = request.headerNames.toList().associateWith { name ->
            // HTTP/2 may bring cookies in parts.
            request.getHeaders(name).toList().joinToString(if (name.equals("cookie", ignoreCase = true)) "; " else ", ")
        }
        val asked = Request(
            request.method, request.pathInfo.orEmpty(), request.contextPath + request.servletPath, request.queryString.orEmpty(), headers,
            bodyOf(request), owner.apply(request),
        )
        val answer = routes.respondBlocking(asked)
        response.status = answer.status
        for ((name, value) in answer.headers) response.addHeader(name, value)
        if (request.method != "HEAD") response.outputStream.write(answer.body)
    }

    private fun bodyOf(request: HttpServletRequest): ByteArray {
        val body = request.inputStream.readNBytes(MOST_BODY + 1)
        if (body.isNotEmpty() || request.method != "POST") return body
        // Somebody may have read the form already; then it is among the parameters.
        fun encoded(text: String) = URLEncoder.encode(text, Charsets.UTF_8)
        val inQuery = request.queryString.orEmpty().split("&").map { it.substringBefore("=") }
        val pairs = request.parameterMap.filterKeys { encoded(it) !in inQuery }.flatMap { (name, values) -> values.map { name to it } }
        return pairs.joinToString("&") { (name, value) -> "${encoded(name)}=${encoded(value)}" }.toByteArray()
    }
}
