package io.github.venuekey

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive

/**
 * Sends the request exactly as it is and returns the reply; throws [NoResponse] if no whole reply came. Whatever else
 * it throws goes through a driver and leaves the flow in flight. `io.github.venuekey.senders` has some.
 */
public typealias Send = suspend (VenueRequest) -> VenueResponse

/**
 * Stores the snapshot durably if the stored revision is its `expectedRevision`: `true` if it did, `false` if another
 * worker won. Nothing weaker is accepted. The snapshot is closed when this returns: keep its text, encrypted.
 */
public typealias Save = suspend (Snapshot) -> Boolean

/**
 * Runs a flow from [step] to its end. What a step says is stored before it is done, and only the worker whose [save] won
 * does it; so two workers, or a callback that arrives twice, never send one code twice.
 *
 * Cancelled, it first finishes a [save] that has begun, waits for the reply to a request that may not be sent twice, and
 * stores a reply, a choice or a callback that has arrived; then it ends. The flow is in the store and goes on by
 * `Client.restore` and `resume`. Such a reply may take the request's `timeoutHintMs`, 30 seconds: leave a deploy as long.
 *
 * @param step the first step: what `receiveCallback`, `resume`, `choose`, `recover` or a call of the client returned.
 * @param choose asks the user at a [Step.Choose], which Bybit's AI agent comes to, and returns the id of one of its
 *   accounts or `constants().createSubaccount`. Leave it out if the answer comes in another web request; to stop without an
 *   answer, throw: the flow is saved and waits.
 * @param authorize sends the user's browser to the URL of a [Step.Authorize], which `Client.reissueKey` comes to, and
 *   returns the URL it came back with. Leave it out if the callback is another web request; to stop without one, throw.
 * @param sleep sleeps for a number of milliseconds.
 * @param clock Unix milliseconds.
 * @param onStep called with each step before it is acted on, to show progress.
 * @return the last step, with the outcome. The flow stays in the store until the host deletes it.
 * @throws VenuekeyException if the operation failed, with `flow` and `recovery`; with code `superseded` if another
 *   worker won; with `choice_required` or `authorization_required` at a step that nobody is there to answer: show what its
 *   flow's `resume` gives, now or after `Client.restore`, and drive what the answer returns.
 * @throws SaveFailed if [save] threw: its `step` can be driven again.
 */
public suspend fun drive(
    step: Step,
    send: Send,
    save: Save,
    choose: (suspend (Step.Choose) -> String)? = null,
    authorize: (suspend (Step.Authorize) -> String)? = null,
    sleep: suspend (Long) -> Unit = { delay(it) },
    clock: () -> Long = System::currentTimeMillis,
    onStep: (Step) -> Unit = {},
): Step.Done {
    val job = currentCoroutineContext()[Job]
    val isCancelled = { job?.isActive == false }
    val nowMs = steady(clock)
    var driver = FlowDriver(step)
    var current = step
    var failure: Throwable? = null
    while (true) {
        if (isCancelled()) driver = driver.use { it.stop() }
        if (driver.isNewStep) {
            current = driver.step
            try {
                onStep(current)
            } catch (thrown: Throwable) {
                failure = failure ?: thrown
            }
            // An end that is told of is the caller's, whoever cancels now.
            val isEnd = current is Step.Done || current is Step.Failed
            if (failure != null || isCancelled() && !isEnd) driver = driver.use { it.stop() }
        }
        val from = driver
        driver = when (from.action) {
            Action.SAVE -> if (store(from, save)) from.saved(nowMs()) else from.superseded()
            Action.SEND -> {
                val request = (current as Step.Send).request
                when (val answer = whole(from.mustGoOn) { replyTo(send, request) }) {
                    is Answer.Reply -> from.response(answer.response, nowMs())
                    is Answer.None -> from.noResponse(nowMs(), answer.notSent)
                }
            }
            Action.SLEEP -> {
                sleep(((current as Step.Wait).untilMs - nowMs()).coerceAtLeast(0))
                from.awake(nowMs())
            }
            Action.CHOOSE -> if (choose == null) from.unanswered() else from.chosen(choose(current as Step.Choose), nowMs())
            Action.AUTHORIZE ->
                if (authorize == null) from.unanswered() else from.calledBack(authorize(current as Step.Authorize), nowMs())
            Action.RETURN -> return current as Step.Done
            Action.FAIL -> throw from.error!!
            Action.STOP -> throw failure ?: cancelled()
            else -> error("a flow has no ${from.action}")
        }
        from.close()
    }
}

/**
 * [drive] for a thread: it blocks until the end. The functions may be ordinary ones that block; they run on a thread of their
 * own, one after the other. An interrupt of the caller's thread is a cancellation, and ends it with [InterruptedException].
 */
@JvmOverloads
@Throws(InterruptedException::class)
public fun driveBlocking(
    step: Step,
    send: Send,
    save: Save,
    choose: (suspend (Step.Choose) -> String)? = null,
    authorize: (suspend (Step.Authorize) -> String)? = null,
    sleep: suspend (Long) -> Unit = { delay(it) },
    clock: () -> Long = System::currentTimeMillis,
    onStep: (Step) -> Unit = {},
): Step.Done = blocking { drive(step, send, save, choose, authorize, sleep, clock, onStep) }

/** Begun, it is finished, whoever cancels meanwhile. */
private suspend fun store(driver: FlowDriver, save: Save): Boolean = try {
    shielded { driver.snapshot().use { save(it) } }
} catch (cause: Throwable) {
    throw SaveFailed(driver.step, cause)
}

/** What became of a request. */
internal sealed class Answer {
    class Reply(val response: VenueResponse) : Answer()

    class None(val notSent: Boolean) : Answer()
}

/** What the sender says; whatever it throws but a missing reply goes through. */
internal suspend fun replyTo(send: Send, request: VenueRequest): Answer = try {
    Answer.Reply(send(request))
} catch (none: NoResponse) {
    Answer.None(none.notSent)
} catch (_: CancellationException) {
    // The caller's goes through; what is left is the sender's own, a timeout for one.
    currentCoroutineContext().ensureActive()
    Answer.None(notSent = false)
}

/** To the end where it must go on, whoever cancels meanwhile. */
internal suspend fun <T> whole(mustGoOn: Boolean, work: suspend () -> T): T = if (mustGoOn) shielded(work) else work()

/** What a cancellation is told by. */
internal suspend fun cancelled(): Nothing {
    currentCoroutineContext().ensureActive()
    error("nobody has cancelled this")
}
