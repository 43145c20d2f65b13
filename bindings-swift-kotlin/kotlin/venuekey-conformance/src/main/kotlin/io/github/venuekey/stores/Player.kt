package io.github.venuekey.stores

import java.io.File
import java.util.concurrent.ConcurrentLinkedDeque

private const val ANSWER = "=> "
private const val FAILED = "=! "

internal const val ROUNDS: Int = 10

/** Another process, which opens the store of a test's class, does what it is told, and says what came of it. */
internal class Player private constructor(private val suite: Class<*>) : AutoCloseable {
    private val process = ProcessBuilder(
        File(System.getProperty("java.home"), "bin/java").path, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto",
        "-Dvenuekey.root=${System.getProperty("venuekey.root")}",
        "-cp", System.getProperty("java.class.path"), Player::class.java.name + "Kt", suite.name,
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val answers = process.inputStream.bufferedReader()

    fun tell(task: String, place: String, vararg arguments: Any) {
        process.outputStream.write((listOf(task, place) + arguments).joinToString("\t", postfix = "\n").toByteArray())
        process.outputStream.flush()
    }

    /** Null if it has died. */
    fun answer(): String? {
        while (true) {
            val line = answers.readLine() ?: return null
            check(!line.startsWith(FAILED)) { "in another process: ${line.removePrefix(FAILED)}" }
            // Whatever else it writes is not ours.
            if (line.startsWith(ANSWER)) return line.removePrefix(ANSWER)
        }
    }

    /** It has nothing more to say. */
    fun giveBack() {
        IDLE += this
    }

    /** As by a power cut. */
    override fun close() {
        process.destroyForcibly().waitFor()
    }

    companion object {
        // They end with this process, whose end closes their input.
        private val IDLE = ConcurrentLinkedDeque<Player>()

        fun take(suite: Class<*>): Player {
            val idle = IDLE.firstOrNull { it.suite == suite && IDLE.remove(it) }
            return idle ?: Player(suite)
        }
    }
}

/** A player's whole life: its argument is the class of the test. */
internal fun main(arguments: Array<String>) {
    val suite = Class.forName(arguments.single()).getDeclaredConstructor().apply { isAccessible = true }.newInstance() as StoreConformance
    // What a driver prints is not an answer.
    val out = System.out
    System.setOut(System.err)
    fun say(prefix: String, what: Any) {
        out.println(prefix + what.toString().replace("\n", " | "))
        out.flush()
    }
    for (line in generateSequence(::readlnOrNull)) {
        val (task, place) = line.split("\t")
        try {
            suite.openStore(place).use { play(it, task, line.split("\t").drop(2)) { answer -> say(ANSWER, answer) } }
        } catch (error: Throwable) {
            say(FAILED, error.stackTraceToString())
        }
    }
}

private fun play(store: Store, task: String, given: List<String>, say: (Any) -> Unit) {
    when (task) {
        "open" -> say(store.load("nothing") == null)
        "save" -> say(store.save(made(given[0], given[1].toLong()).copy(leaseHolder = given[2], dueAtMs = 1)))
        "append" -> {
            val won = mutableListOf<Long>()
            while (won.size < ROUNDS) {
                val row = store.load(given[0])!!.row
                if (store.save(row.copy(revision = row.revision + 1, sealed = row.sealed + given[1]))) won += row.revision + 1
            }
            say(won.joinToString(","))
        }
        "bump" -> say(List(ROUNDS) { store.bump("pace/address", given[0].toLong(), 10) }.joinToString(","))
        "save and die" -> {
            val row = made(given[0])
            if (store.save(row) && store.bump("counter", 0, 7) == 7L && store.save(row.copy(revision = 2))) Runtime.getRuntime().halt(137)
            say("it has outlived its kill")
        }
        "save on and on" -> {
            var row = made(given[0])
            while (store.save(row)) {
                say(row.revision)
                row = row.copy(revision = row.revision + 1)
            }
        }
        "wait for saves" -> {
            while (store.await(0)) continue
            say("listens")
            while (store.await(PATIENCE_MS)) say("woken")
        }
        else -> error("no such task: $task")
    }
}
