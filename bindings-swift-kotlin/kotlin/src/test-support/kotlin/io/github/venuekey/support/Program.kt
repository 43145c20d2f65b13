package io.github.venuekey.support

import java.io.File
import java.net.BindException
import java.net.ServerSocket
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.random.Random

/** A child process; every line it writes is kept. It ends with the test, one way or the other. */
class Program(command: List<String>, environ: Map<String, String> = emptyMap(), folder: File? = null) : AutoCloseable {
    val lines = CopyOnWriteArrayList<String>()
    private val child = ProcessBuilder(command).directory(folder).redirectErrorStream(true)
        .apply { environment().putAll(environ) }.start()
    private val waiting = CopyOnWriteArrayList<Pair<Regex, CompletableFuture<MatchResult>>>()
    private val reader = thread(isDaemon = true) {
        child.inputStream.bufferedReader().forEachLine { line ->
            synchronized(lines) { lines += line }
            for ((wanted, found) in waiting) wanted.find(line)?.let(found::complete)
        }
        val ended = IllegalStateException("it ended first, and wrote: ${lines.takeLast(20)}")
        synchronized(lines) { waiting.forEach { (_, found) -> found.completeExceptionally(ended) } }
    }

    val isRunning: Boolean get() = child.isAlive

    init {
        Runtime.getRuntime().addShutdownHook(thread(start = false) { child.destroyForcibly() })
    }

    /** The first line, so far or to come, that has this in it. */
    fun line(wanted: Regex, seconds: Long = 300): MatchResult {
        val found = CompletableFuture<MatchResult>()
        synchronized(lines) {
            lines.firstNotNullOfOrNull(wanted::find)?.let { return it }
            check(reader.isAlive) { "it has ended, and wrote: ${lines.takeLast(20)}" }
            waiting += wanted to found
        }
        return found.get(seconds, TimeUnit.SECONDS)
    }

    /** The same of a program that serves on a port it was given; null where somebody else has that port by now. */
    fun serves(wanted: Regex): MatchResult? = try {
        line(wanted)
    } catch (ended: Exception) {
        if (lines.none { it.contains("address already in use", ignoreCase = true) }) throw ended
        null
    }

    fun type(line: String) {
        child.outputStream.write("$line\n".toByteArray())
        child.outputStream.flush()
    }

    /** The exit code, once it has ended by itself. */
    fun ended(seconds: Long = 300): Int {
        check(child.waitFor(seconds, TimeUnit.SECONDS)) { "it still runs, and wrote: ${lines.takeLast(20)}" }
        reader.join(60_000)
        return child.exitValue()
    }

    /** Asks it to end, as an operator does. */
    fun terminate() {
        // Not the child's own, which closes what it writes to.
        child.toHandle().destroy()
    }

    /** As by a power cut. */
    override fun close() {
        child.destroyForcibly().waitFor()
        reader.join(60_000)
    }

    companion object {
        /** A main function of the tests' own classpath, in a virtual machine of its own. */
        fun java(
            main: String,
            arguments: List<String> = emptyList(),
            properties: Map<String, Any> = emptyMap(),
            more: List<String> = emptyList(),
            environ: Map<String, String> = emptyMap(),
            folder: File? = null,
        ): Program {
            val java = File(System.getProperty("java.home"), "bin/java").path
            val options = properties.map { (name, value) -> "-D$name=$value" } + listOf("-XX:TieredStopAtLevel=1", "-Xshare:auto") + more
            return Program(listOf(java) + options + listOf("-cp", System.getProperty("java.class.path"), main) + arguments, environ, folder)
        }
    }
}

/** Below the numbers that the system gives out by itself: nobody gets it by chance while no server of ours has it. */
fun freePort(): Int = generateSequence { Random.nextInt(20_000, 32_768) }.first { port ->
    try {
        ServerSocket(port).close()
        true
    } catch (_: BindException) {
        false
    }
}

/** What starts on a port that is free now; where it is taken in between, on the next one. */
fun <T : Any> onFreePort(start: (Int) -> T?): T = generateSequence(::freePort).firstNotNullOf(start)

/** The folder of the project. */
val ROOT = File(System.getProperty("venuekey.root"))
