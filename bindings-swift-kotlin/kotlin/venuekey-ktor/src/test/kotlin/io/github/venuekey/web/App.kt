package io.github.venuekey.web

import io.github.venuekey.connections.ConnectionsBlocking
import io.ktor.http.ContentType
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.ApplicationCall
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.response.respond
import io.ktor.server.response.respondRedirect
import io.ktor.server.response.respondText
import io.ktor.server.routing.get
import io.ktor.server.routing.routing
import java.util.UUID

private fun user(call: ApplicationCall): String? = call.request.cookies["user"]

/** The routes in Ktor, for tests/journeys/mounted.py; the worker is beside it. */
fun main(arguments: Array<String>) {
    val server = embeddedServer(Netty, port = arguments.last().toInt(), host = "127.0.0.1") {
        routing {
            connections(app, options = OPTIONS, owner = ::user)
            get("/login") {
                call.response.cookies.append("user", user(call) ?: UUID.randomUUID().toString(), path = "/")
                call.respondRedirect("/connections/")
            }
            get("/account/{client}") {
                val owner = user(call) ?: return@get call.respond(HttpStatusCode.Unauthorized)
                val shown = balanceOf(owner, call.parameters["client"].orEmpty()) ?: return@get call.respond(HttpStatusCode.NotFound)
                call.respondText(shown, ContentType.Application.Json)
            }
        }
    }
    server.start()
    ConnectionsBlocking(app).runUntilSignal()
    server.stop(0, 0)
}
