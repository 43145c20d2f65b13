package io.github.venuekey.web

import io.github.venuekey.connections.ConnectionsBlocking
import jakarta.servlet.http.Cookie
import jakarta.servlet.http.HttpServlet
import jakarta.servlet.http.HttpServletRequest
import jakarta.servlet.http.HttpServletResponse
import java.nio.file.Files
import java.util.UUID
import kotlinx.coroutines.runBlocking
import org.apache.catalina.startup.Tomcat

private fun user(request: HttpServletRequest): String? = request.cookies.orEmpty().firstOrNull { it.name == "user" }?.value

private class Login : HttpServlet() {
    override fun doGet(request: HttpServletRequest, response: HttpServletResponse) {
        response.addCookie(Cookie("user", user(request) ?: UUID.randomUUID().toString()).apply { path = "/" })
        response.sendRedirect("/connections/")
    }
}

private class Balance : HttpServlet() {
    override fun doGet(request: HttpServletRequest, response: HttpServletResponse) {
        val owner = user(request) ?: return response.sendError(401)
        val shown = runBlocking { balanceOf(owner, request.pathInfo.removePrefix("/")) } ?: return response.sendError(404)
        response.outputStream.write(shown.toByteArray())
    }
}

/** The routes in Tomcat, for tests/journeys/mounted.py; the worker is beside it. */
fun main(arguments: Array<String>) {
    val tomcat = Tomcat()
    val home = Files.createTempDirectory("venuekey-tomcat-").toFile()
    Runtime.getRuntime().addShutdownHook(Thread { home.deleteRecursively() })
    tomcat.setBaseDir(home.path)
    tomcat.connector.apply {
        setProperty("address", "127.0.0.1")
        port = arguments.last().toInt()
    }
    val context = tomcat.addContext("", home.path)
    val servlets = mapOf("/connections/*" to ConnectionsServlet(app, ::user, options = OPTIONS), "/login" to Login(), "/account/*" to Balance())
    for ((path, servlet) in servlets) {
        Tomcat.addServlet(context, path, servlet)
        context.addServletMappingDecoded(path, path)
    }
    tomcat.start()
    ConnectionsBlocking(app).runUntilSignal()
    tomcat.stop()
}
