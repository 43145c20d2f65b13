package io.github.venuekey.web

import io.github.venuekey.connections.Connections
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCall
import io.ktor.server.routing.routing

/** The documents' Ktor, compiled: tests/project/test_snippets.py looks for it here, to the letter. Sessions are the reader's. */
@Suppress("unused", "UnusedReceiverParameter", "ktlint")
private object Snippets {
    class Session(val user: String)

    class Sessions {
        fun <T> get(): T? = null
    }

    val ApplicationCall.sessions get() = Sessions()

    fun Application.mounted(connections: Connections) {
        routing {
            connections(connections, options = WebOptions(loginUrl = "/login")) { call -> call.sessions.get<Session>()?.user }
        }
    }
}
