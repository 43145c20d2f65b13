package io.github.venuekey.support

import java.net.ServerSocket
import java.nio.file.Path
import org.junit.jupiter.api.Assumptions.assumeTrue

/** The example backend in Python and its sandbox, as programs of their own. */
class PythonBackend(data: Path) : AutoCloseable {
    private val port = ServerSocket(0).use { it.localPort }
    val url = "http://127.0.0.1:$port"
    private val command = run {
        val python = python()
        assumeTrue(python != null, "VENUEKEY_PYTHON is not set")
        listOf(python!!, "-u", ROOT.resolve("examples/python-backend").path, "--port=$port", "--data=$data")
    }
    val sandbox = Sandbox(
        "--redirect-uri=whitebit=$url/callback/whitebit", "--redirect-uri=bybit=$url/callback/bybit", "--whitebit-key-delay-ms=0",
    )
    private val backend = Program(
        command + "--sandbox=${sandbox.url}", mapOf("PUBLIC_URL" to url, "DATABASE_URL" to ""),
    )
    val output: String get() = backend.lines.joinToString("\n")

    init {
        awaitAnswer()
    }

    private fun awaitAnswer() {
        val deadline = System.nanoTime() + 300_000_000_000
        while (runCatching { java.net.Socket("127.0.0.1", port).close() }.isFailure) {
            check(System.nanoTime() < deadline) { "the backend does not answer: $output" }
            Thread.sleep(30)
        }
    }

    override fun close() {
        backend.close()
        sandbox.close()
    }

    companion object {
        /** Null where there is none, which only a person's machine may lack. */
        fun python(): String? = System.getenv("VENUEKEY_PYTHON").also {
            check(it != null || System.getenv("CI") != "true") { "VENUEKEY_PYTHON is not set" }
        }
    }
}
