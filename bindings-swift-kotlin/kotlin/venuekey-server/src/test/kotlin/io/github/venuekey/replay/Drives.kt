package io.github.venuekey.replay

import com.google.gson.JsonObject
import io.github.venuekey.*
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield

/** What the drivers do and in which order, whatever comes between: the cases of tests/vectors/drives. */
fun drives(case: JsonObject) = case.list("ways").forEachIndexed { index, way ->
    val host = if (case.has("stored")) TokenHost(case, way) else FlowHost(case, way)
    same(host.run(), way["expect"], "way $index")
}

/** What a host's function throws. */
private class Broken : Exception()

/** Functions by the case, which write down what they do; at one place of that the way leaves the plain one. */
private abstract class Host(protected val case: JsonObject, way: JsonObject) {
    private val stop = way.at("stop")?.asInt
    private val breaks = way.at("throw")?.asInt
    private val superseded = way.at("superseded")?.asInt
    private val trace = mutableListOf<String>()
    private val replies = (case.at("replies")?.asJsonArray ?: emptyList()).map { it.asJsonObject }.iterator()
    private var nowMs = case.long("now_ms")
    private lateinit var job: Job

    protected val client = client(case)
    protected val clock: () -> Long = { nowMs }
    protected val sleep: suspend (Long) -> Unit = { ms ->
        does("sleep $ms")
        nowMs += ms
    }
    protected val send: Send = { request ->
        does("send ${request.purpose}")
        val reply = replies.next()
        if (!reply.has("status")) throw NoResponse(notSent = reply.at("not_sent")?.asBoolean ?: false)
        response(reply)
    }

    /** Writes it down. Asked to stop there, it ends here, unless it is shielded. */
    protected suspend fun does(line: String) {
        if (writes(line)) yield()
    }

    /** Whether it was asked to stop there. */
    protected fun writes(line: String): Boolean {
        val place = trace.size
        trace += line
        if (place == breaks) throw Broken()
        return (place == stop).also { if (it) job.cancel() }
    }

    protected fun isSuperseded() = trace.size - 1 == superseded

    fun run(): Map<String, Any?> {
        var end: Any? = null
        runBlocking {
            launch {
                job = coroutineContext.job
                end = try {
                    mapOf("returns" to returned())
                } catch (error: Throwable) {
                    ended(error)
                }
            }.join()
        }
        return mapOf("trace" to trace, "end" to end)
    }

    protected abstract suspend fun returned(): Any?

    protected open fun ended(error: Throwable): Any = when {
        error is CancellationException && stop != null -> "stopped"
        error is VenuekeyException -> mapOf("raises" to error.code)
        else -> throw error
    }
}

private class FlowHost(case: JsonObject, way: JsonObject) : Host(case, way) {
    private val answers = (case.at("answers")?.asJsonArray ?: emptyList()).map { it.asString }.iterator()

    private val save: Save = { snapshot ->
        does("save ${snapshot.revision} ${word(snapshot.status)}")
        !isSuperseded()
    }

    override suspend fun returned(): Any? {
        val step = happen(client.restore(case.text("snapshot")), case.obj("event"))
        val isThere = answers.hasNext()
        val choose: suspend (Step.Choose) -> String = { does("choose"); answers.next() }
        val authorize: suspend (Step.Authorize) -> String = { does("authorize"); answers.next() }
        val done = drive(
            step, send, save, choose.takeIf { isThere }, authorize.takeIf { isThere }, sleep, clock,
            onStep = { writes("step ${word(it)}") },
        )
        return word(done.outcome)
    }

    override fun ended(error: Throwable): Any = when (error) {
        is Broken -> "stopped"
        is SaveFailed -> mapOf("save_fails" to word(error.step)).also { check(error.cause is Broken) }
        else -> super.ended(error).also { nobody((error as? VenuekeyException)?.code) }
    }

    /** A question that nobody is there to answer reaches no function. */
    private fun nobody(code: String?) {
        if (code == "choice_required") writes("choose")
        if (code == "authorization_required") writes("authorize")
    }
}

private class TokenHost(case: JsonObject, way: JsonObject) : Host(case, way) {
    private var stored = case.text("stored")

    private val load: Load = {
        does("load")
        stored
    }
    private val save: Save = { snapshot ->
        does("save ${snapshot.revision}")
        if (isSuperseded()) stored = case.text("moved_on")
        val wins = client.restoreTokens(stored).revision == snapshot.expectedRevision && !isSuperseded()
        wins.also { if (it) stored = snapshot.expose() }
    }

    override suspend fun returned(): Any? {
        case.maybeText("brought")?.let {
            keepTokens(client, client.restoreTokens(it), load, save)
            return null
        }
        val patienceMs = case.maybeLong("patience_ms") ?: 30_000
        return freshTokens(client, load, save, send, case.maybeLong("refused_generation"), patienceMs, sleep, clock).generation
    }

    override fun ended(error: Throwable): Any = when (error) {
        is Broken -> "thrown"
        is TokensUnsaved -> mapOf("unsaved" to error.shared.generation).also { check(error.cause is Broken) }
        else -> super.ended(error)
    }
}
