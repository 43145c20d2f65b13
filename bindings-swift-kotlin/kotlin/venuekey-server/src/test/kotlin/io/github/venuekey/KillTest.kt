package io.github.venuekey

import io.github.venuekey.senders.okHttpSender
import io.github.venuekey.support.Program
import io.github.venuekey.support.Sandbox
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** One flow in one file, for two processes that never run at once. */
class FileStore(private val file: Path) {
    fun load(): String = Files.readString(file)

    fun save(snapshot: Snapshot): Boolean {
        val stored = if (Files.exists(file)) load().substringAfter("\"revision\":").substringBefore(",").toLong() else 0
        if (stored != snapshot.expectedRevision) return false
        val beside = file.resolveSibling("beside")
        Files.writeString(beside, snapshot.expose())
        Files.move(beside, file, ATOMIC_MOVE)
        return true
    }
}

/** Drives what is in the file, and dies at a moment: before or after that save. */
fun main(arguments: Array<String>) {
    val (base, file, moment, revision) = arguments
    val config = ClientConfig(Venue.BYBIT, VenueEnvironment.MAINNET, "demo-bybit", "http://127.0.0.1:8000/callback/bybit", base, base)
    val client = Client.confidential(config, Secret("demo-bybit-secret"))
    val store = FileStore(Path.of(file))
    val save: Save = { snapshot ->
        val isIt = snapshot.revision == revision.toLong()
        if (isIt && moment == "before") Runtime.getRuntime().halt(137)
        store.save(snapshot).also { if (isIt) Runtime.getRuntime().halt(137) }
    }
    driveBlocking(client.restore(store.load()).resume(), okHttpSender(), save)
}

/** Killed in the middle, as by a power cut, and taken up by another process from the file alone. */
class KillTest {
    @TempDir
    lateinit var folder: File

    @BeforeEach
    fun reset() = SANDBOX.reset()

    /** The flow as the next process finds it. */
    private fun killed(moment: String, revision: Int): Pair<Client, FileStore> {
        val client = atSandbox(SANDBOX, Venue.BYBIT)
        val store = FileStore(folder.toPath().resolve("flow.json"))
        val started = client.begin(Goal.API_KEY)
        store.save(started.pending.snapshot())
        val step = started.pending.receiveCallback(SANDBOX.approve(started.authorizeUrl.expose())) as Step.Save
        store.save(step.next.snapshot())
        val program = Program.java("${KillTest::class.java.packageName}.KillTestKt", listOf(SANDBOX.base("bybit"), "$folder/flow.json", moment, "$revision"))
        program.use { assertEquals(137, it.ended(), it.lines.toString()) }
        return client to store
    }

    private fun goOn(client: Client, store: FileStore) = driveBlocking(client.restore(store.load()).resume(), okHttpSender(), store::save)

    @Test
    fun `before the code's exchange was stored, nothing has happened`() {
        val (client, store) = killed("before", 3)
        goOn(client, store)
        assertEquals(1, SANDBOX.requests("token").size)
    }

    @Test
    fun `after it was stored, nobody knows, and the code is not sent again`() {
        val (client, store) = killed("after", 3)
        val error = assertThrows(VenuekeyException.Reauthorize::class.java) { goOn(client, store) }
        assertEquals("outcome_unknown", error.code)
        assertEquals(0, SANDBOX.requests("token").size)
    }

    @Test
    fun `between two requests the flow goes on`() {
        val (client, store) = killed("after", 4)
        val done = goOn(client, store)
        assertInstanceOf(Outcome.ApiKey::class.java, done.outcome)
        assertEquals(1, SANDBOX.requests("token").size)
    }

    companion object {
        private val SANDBOX = Sandbox()

        @JvmStatic
        @AfterAll
        fun stop() = SANDBOX.close()
    }
}
