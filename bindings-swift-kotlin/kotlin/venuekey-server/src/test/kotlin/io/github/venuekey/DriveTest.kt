package io.github.venuekey

import java.io.NotSerializableException
import java.io.ObjectOutputStream
import java.io.OutputStream
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class DriveTest {
    private val clock = HeldClock()

    private fun run(step: Step, script: Script, save: Save): Step.Done =
        driveBlocking(step, script.send, save, sleep = clock.sleep, clock = clock.read)

    private fun Connecting.run(script: Script, save: Save = store::save) = run(step(), script, save)

    @Test
    fun `runs to the end, and each step is stored before it is done`() {
        val flow = Connecting()
        val course = mutableListOf<String>()
        val script = Script(::token, ::uid, ::key)
        val done = driveBlocking(
            flow.step(),
            send = { request -> script.answer(request).also { course += request.purpose } },
            save = { snapshot -> flow.store.save(snapshot).also { course += "save ${snapshot.revision}" } },
            clock = clock.read,
            onStep = { course += it.javaClass.simpleName },
        )
        assertEquals("canary-secret", (done.outcome as Outcome.ApiKey).key.apiSecret.expose())
        assertEquals(listOf("POST exchange_code", "GET read_uid", "GET fetch_api_key"), script.sent)
        assertEquals(listOf("Save", "save 2", "Send", "save 3", "exchange_code", "Send"), course.take(6))
        assertEquals(listOf("Save", "save ${done.flow.revision}", "Done"), course.takeLast(3))
    }

    @Test
    fun `a clock that fails after a reply loses none`() {
        for (says in listOf(null, 0L, -1L, NOW / 1000)) {
            val flow = Connecting()
            val script = Script(::token, ::uid, ::key)
            val clock = { if (script.sent.isEmpty()) NOW else says ?: error("canary") }
            val done = driveBlocking(flow.step(), script.send, flow.store::save, clock = clock)
            assertEquals("canary-secret", (done.outcome as Outcome.ApiKey).key.apiSecret.expose(), "$says")
            assertThrows(Exception::class.java) { driveBlocking(Connecting().step(), script.send, flow.store::save, clock = clock) }
        }
    }

    @Test
    fun `a callback that comes twice exchanges its code once`() {
        val flow = Connecting()
        val (first, second) = listOf(flow.step(), flow.step())
        val script = Script(::token, ::uid, ::key)
        run(first, script, flow.store::save)
        val lost = assertThrows(VenuekeyException.Rejected::class.java) { run(second, script, flow.store::save) }
        assertEquals("superseded", lost.code)
        assertEquals(flow.flowId, lost.flow!!.flowId)
        assertEquals(1, script.sent.count { "exchange_code" in it })
    }

    @Test
    fun `what failed is thrown, and its flow says how it can go on`() {
        val flow = Connecting()
        val down = Array(7) { { json(emptyMap<String, Any>(), 503) } }
        val script = Script(::token, *down, ::uid, ::key)
        val error = assertThrows(VenuekeyException.Unavailable::class.java) { flow.run(script) }
        assertEquals("venue_unavailable" to 503, error.code to error.details.httpStatus)
        assertEquals(8, script.sent.size)
        assertEquals(Recovery.TRY_AGAIN, error.recovery)
        assertEquals(flow.restored().revision, error.flow!!.revision)
        val failed = flow.restored().resume(clock.nowMs) as Step.Failed
        assertEquals(Recovery.TRY_AGAIN, failed.recovery)
        assertEquals(Recovery.TRY_AGAIN, failed.error.recovery)
        val done = run(error.flow!!.recover(clock.nowMs), script, flow.store::save)
        assertEquals("106000001", (done.outcome as Outcome.ApiKey).key.uid)
    }

    @Test
    fun `no response is told to the flow, a sender's own timeout too`() {
        for (lost in listOf<Send>({ throw NoResponse() }, { withTimeout(1) { awaitCancellation() } })) {
            val flow = Connecting()
            val error = assertThrows(VenuekeyException.Reauthorize::class.java) {
                driveBlocking(flow.step(), lost, flow.store::save, clock = clock.read)
            }
            assertEquals("outcome_unknown", error.code)
            assertEquals(FlowStatus.Failed, flow.restored().status)
        }
    }

    @Test
    fun `what surely never left has spent no code, and is sent later`() {
        val flow = Connecting()
        val script = Script({ throw NoResponse("ConnectException", notSent = true) }, ::token, ::uid, ::key)
        assertInstanceOf(Outcome.ApiKey::class.java, flow.run(script).outcome)
        assertEquals(2, script.sent.count { "exchange_code" in it })
    }

    @Test
    fun `a status that has no more to say is one value, by its name`() {
        assertEquals("Ready", FlowStatus.Ready.toString())
        assertEquals("Waiting(untilMs=7)", FlowStatus.Waiting(7).toString())
        for (sealed in listOf(FlowStatus::class, KeyVerdict::class, Step::class, Outcome::class, TokenPlan::class)) {
            for (one in sealed.java.declaredClasses.filter { sealed.java.isAssignableFrom(it) }) {
                val value = one.declaredFields.firstOrNull { it.name == "INSTANCE" }?.get(null) ?: continue
                assertEquals(one.simpleName, "$value")
            }
        }
    }

    @Test
    fun `anything else that a sender throws goes through, and the flow is in flight`() {
        val flow = Connecting()
        val error = assertThrows(ArithmeticException::class.java) { flow.run(Script({ throw ArithmeticException("mine") })) }
        assertEquals("mine", error.message)
        assertEquals(FlowStatus.InFlight, flow.restored().status)
    }

    @Test
    fun `a save that throws keeps the step`() {
        val flow = Connecting()
        val script = Script(::token, ::uid, ::key)
        var isDown = true
        val save: Save = { if (isDown) throw ArithmeticException("store is down") else flow.store.save(it) }
        val failed = assertThrows(SaveFailed::class.java) { flow.run(script, save) }
        assertInstanceOf(ArithmeticException::class.java, failed.cause)
        assertEquals(emptyList<String>(), script.sent)
        isDown = false
        assertInstanceOf(Outcome.ApiKey::class.java, run(failed.step, script, save).outcome)
    }

    @Test
    fun `a once-only reply that can't be stored is in the exception, and is not asked for again`() {
        val flow = Connecting()
        val script = Script(::token, ::uid, ::key)
        val failed = assertThrows(SaveFailed::class.java) {
            flow.run(script) { if (script.sent.size == 3) throw ArithmeticException("store is down") else flow.store.save(it) }
        }
        val done = run(failed.step, script, flow.store::save)
        assertEquals("canary-secret", (done.outcome as Outcome.ApiKey).key.apiSecret.expose())
        assertEquals(3, script.sent.size)
    }

    @Test
    fun `cancelled while a reply is on its way that can be asked for again, the flow is in flight`(): Unit = runBlocking {
        val flow = Connecting()
        val script = Script(::token, ::uid, ::key)
        val sending = CompletableDeferred<Unit>()
        val driving = launch(Dispatchers.Default) {
            val send: Send = { request ->
                if (request.replay == Replay.SAFE) {
                    sending.complete(Unit)
                    awaitCancellation()
                }
                script.answer(request)
            }
            drive(flow.step(), send, flow.store::save, clock = clock.read)
        }
        sending.await()
        driving.cancelAndJoin()
        assertEquals(FlowStatus.InFlight, flow.restored().status)
    }

    @Test
    fun `cancelled while a reply is on its way that can't be had again, it waits and stores it`(): Unit = runBlocking {
        val flow = Connecting()
        val sending = CompletableDeferred<Unit>()
        val reply = CompletableDeferred<VenueResponse>()
        val driving = launch(Dispatchers.Default) {
            drive(flow.step(), { sending.complete(Unit); reply.await() }, flow.store::save, clock = clock.read)
        }
        sending.await()
        driving.cancel()
        reply.complete(token())
        driving.join()
        assertEquals("canary-access", flow.restored().tokens!!.accessToken.expose())
    }

    @Test
    fun `a caller's own timeout leaves time for that too`(): Unit = runBlocking {
        val flow = Connecting()
        val send: Send = { delay(100); token() }
        assertNull(withTimeoutOrNull(50) { drive(flow.step(), send, flow.store::save, clock = clock.read) })
        assertEquals("canary-access", flow.restored().tokens!!.accessToken.expose())
    }

    @Test
    fun `cancelled when a reply has come, it is stored first`(): Unit = runBlocking {
        val flow = Connecting()
        supervisorScope {
            val driving = async {
                val job = currentCoroutineContext().job
                drive(flow.step(), { job.cancel(); token() }, flow.store::save, clock = clock.read)
            }
            assertInstanceOf(CancellationException::class.java, runCatching { driving.await() }.exceptionOrNull())
        }
        assertEquals("canary-access", flow.restored().tokens!!.accessToken.expose())
        val rest = run(flow.restored().resume(NOW), Script(::uid, ::key), flow.store::save)
        assertInstanceOf(Outcome.ApiKey::class.java, rest.outcome)
    }

    @Test
    fun `a reply that has come when a cancelled drive can't store it is not lost`(): Unit = runBlocking {
        val flow = Connecting()
        val script = Script(::token)
        val caught = AtomicReference<Throwable>()
        launch {
            val save: Save = { if (script.sent.isEmpty()) flow.store.save(it) else throw ArithmeticException("down") }
            val job = currentCoroutineContext().job
            val send: Send = { job.cancel(); script.answer(it) }
            runCatching { drive(flow.step(), send, save, clock = clock.read) }.onFailure(caught::set)
        }.join()
        val step = (caught.get() as SaveFailed).step
        assertInstanceOf(Outcome.ApiKey::class.java, run(step, Script(::uid, ::key), flow.store::save).outcome)
    }

    @Test
    fun `a save that has begun is finished, whoever cancels meanwhile`(): Unit = runBlocking {
        val flow = Connecting()
        val script = Script()
        val (saving, mayGo) = CompletableDeferred<Unit>() to CompletableDeferred<Unit>()
        val driving = launch(Dispatchers.Default) {
            val save: Save = { saving.complete(Unit); mayGo.await(); flow.store.save(it) }
            drive(flow.step(), script.send, save, clock = clock.read)
        }
        saving.await()
        driving.cancel()
        mayGo.complete(Unit)
        driving.join()
        assertEquals(FlowStatus.Ready, flow.restored().status)
        assertEquals(emptyList<String>(), script.sent)
    }

    @Test
    fun `cancelled before it begins, an accepted callback is stored and nothing is sent`(): Unit = runBlocking {
        val flow = Connecting()
        val script = Script()
        launch {
            currentCoroutineContext().job.cancel()
            drive(flow.step(), script.send, flow.store::save, clock = clock.read)
        }.join()
        assertEquals(emptyList<String>(), script.sent)
        assertEquals(FlowStatus.Ready, flow.restored().status)
    }

    @Test
    fun `onStep that throws comes after the store of what can't be had again`() {
        val flow = Connecting()
        assertThrows(ArithmeticException::class.java) {
            driveBlocking(flow.step(), Script().send, flow.store::save, clock = clock.read, onStep = { throw ArithmeticException() })
        }
        assertEquals(FlowStatus.Ready, flow.restored().status)
    }

    @Test
    fun `a cancellation ends a wait, and an interrupt ends a blocked thread`() {
        val flow = Connecting()
        val script = Script(::token, { throw NoResponse() })
        runBlocking {
            val asleep = CompletableDeferred<Unit>()
            val sleep: suspend (Long) -> Unit = { asleep.complete(Unit); awaitCancellation() }
            val driving = launch { drive(flow.step(), script.send, flow.store::save, sleep = sleep) }
            asleep.await()
            driving.cancelAndJoin()
        }
        assertInstanceOf(FlowStatus.Waiting::class.java, flow.restored().status)

        val other = Connecting()
        val waiting = CountDownLatch(1)
        val caught = AtomicReference<Throwable>()
        val worker = thread {
            val send = Script(::token, { throw NoResponse() }).send
            val sleep: suspend (Long) -> Unit = { waiting.countDown(); awaitCancellation() }
            runCatching { driveBlocking(other.step(), send, other.store::save, sleep = sleep) }.onFailure(caught::set)
        }
        waiting.await()
        worker.interrupt()
        worker.join()
        assertInstanceOf(InterruptedException::class.java, caught.get())
        assertInstanceOf(FlowStatus.Waiting::class.java, other.restored().status)
    }

    @Test
    fun `asks the user where somebody is there to ask, and says so where nobody is`() {
        val flow = Connecting(agent(), "http://127.0.0.1:9876/callback")
        val account = mapOf("sub_member_id" to 7, "nickname" to "seven")
        val list = { json(mapOf("retCode" to 0, "result" to mapOf("accounts" to listOf(account)))) }
        val made = { json(mapOf("retCode" to 0, "result" to account + mapOf("api_key" to "canary-key", "api_secret" to "canary-secret"))) }
        val script = Script(::token, list, made)
        val asked = assertThrows(VenuekeyException.UserAction::class.java) { flow.run(script) }
        assertEquals("choice_required", asked.code)
        assertEquals(FlowStatus.AwaitingChoice, asked.flow!!.status)

        // In another process, later.
        val again = flow.restored().resume(NOW)
        val choose: suspend (Step.Choose) -> String = { step ->
            assertEquals(listOf("7" to "seven"), step.subaccounts.map { it.id to it.nickname })
            assertTrue(step.mayCreate)
            step.subaccounts.single().id
        }
        val done = driveBlocking(again, script.send, flow.store::save, choose, clock = clock.read)
        assertEquals("7", (done.outcome as Outcome.ApiKey).key.subMemberId)
        assertEquals("create", constants().createSubaccount)
    }

    @Test
    fun `an exception that holds a step does not travel by serialization`() {
        val failed = assertThrows(SaveFailed::class.java) { Connecting().run(Script()) { throw ArithmeticException() } }
        assertThrows(NotSerializableException::class.java) { ObjectOutputStream(OutputStream.nullOutputStream()).writeObject(failed) }
    }

    /** No branch `else`: a step that is added must be decided on. */
    @Suppress("unused")
    private fun decide(step: Step): VenueFlow = when (step) {
        is Step.Send -> step.next
        is Step.Save -> step.next
        is Step.Wait -> step.next
        is Step.Choose -> step.flow
        is Step.Authorize -> step.flow
        is Step.Failed -> step.flow
        is Step.Done -> step.flow
    }
}
