package io.github.venuekey.support

import java.nio.file.Path
import org.junit.jupiter.api.Assumptions.assumeTrue

/** The example backend in Python and its sandbox, as programs of their own. */
class PythonBackend private constructor(python: String, data: Path, port: Int) : AutoCloseable {
    val url = "http://127.0.0.1:$port"
    val sandbox = Sandbox(
        "--redirect-uri=whitebit=$url/callback/whitebit", "--redirect-uri=bybit=$url/callback/bybit", "--whitebit-key-delay-ms=0",
    )
    private val backend = Program(
        listOf(python, "-u", ROOT.resolve("examples/python-backend").path, "--port=$port", "--data=$data", "--sandbox=${sandbox.url}"),
        mapOf("PUBLIC_URL" to url, "DATABASE_URL" to ""),
    )
    val output: String get() = backend.lines.joinToString("\n")

    override fun close() {
        backend.close()
        sandbox.close()
    }

    companion object {
        fun start(data: Path): PythonBackend {
            val python = python()
            assumeTrue(python != null, "VENUEKEY_PYTHON is not set")
            return onFreePort { port ->
                val begun = PythonBackend(python!!, data, port)
                if (begun.backend.serves(Regex("Uvicorn running on")) != null) begun else begun.close().let { null }
            }
        }

        /** Null where there is none, which only a person's machine may lack. */
        fun python(): String? = System.getenv("VENUEKEY_PYTHON").also {
            check(it != null || System.getenv("CI") != "true") { "VENUEKEY_PYTHON is not set" }
        }
    }
}
