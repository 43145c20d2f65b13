package io.github.venuekey.support

import java.net.URI

/**
 * The tests' PostgreSQL server, as tests/journeys/postgres.py starts it: the machine's, or the one in VENUEKEY_POSTGRES. It lives as
 * long as this process.
 */
object PostgresServer {
    private val python = PythonBackend.python()
    private val program by lazy {
        val line = ROOT.resolve("bindings-wasm/tests/stores/server.py").path
        ProcessBuilder(python!!, "-u", line, System.getenv("VENUEKEY_POSTGRES") ?: "").redirectError(ProcessBuilder.Redirect.INHERIT).start()
    }
    private val lines by lazy { program.inputStream.bufferedReader() }

    /** Without a Python nothing starts it. */
    val isThere: Boolean get() = python != null

    /** `create` gives the URL of an empty database; `stop` ends the server as a crash does, `start` brings it back. */
    @Synchronized
    private fun tell(word: String): String {
        program.outputStream.write("$word\n".toByteArray())
        program.outputStream.flush()
        return checkNotNull(lines.readLine()) { "there is no PostgreSQL server" }
    }

    /** As JDBC has it: an empty database of the test's own. */
    fun createDatabase(more: String = ""): String = jdbcUrl(tell("create") + more)

    /** A while without the server. */
    fun down(): AutoCloseable {
        tell("stop")
        return AutoCloseable { tell("start") }
    }
}

/** `postgresql://USER:PASSWORD@HOST/DATABASE?…` as JDBC has it. */
fun jdbcUrl(url: String): String {
    val (user, password) = URI(url).rawUserInfo.split(":")
    val (place, query) = url.substringAfter("@").let { it.substringBefore("?") to it.substringAfter("?", "") }
    return "jdbc:postgresql://$place?user=$user&password=$password" + if (query.isEmpty()) "" else "&$query"
}
