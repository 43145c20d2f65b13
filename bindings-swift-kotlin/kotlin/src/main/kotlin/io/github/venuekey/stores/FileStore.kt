package io.github.venuekey.stores

import io.github.venuekey.SealingKey
import io.github.venuekey.SealingKeys
import java.io.File
import java.security.SecureRandom

private const val HOUR_MS = 3_600_000L
private const val MOST = 1L shl 53
private const val KEY = "sealing-key"
private const val SEEN = "seen"

/**
 * A store for the few connections that a device or a desktop program holds itself: a file each in a folder of its own, for the threads and
 * processes of one machine. Each file is replaced as a whole and is on the disk when a save returns.
 *
 * On Android give it a folder below `context.noBackupFilesDir`, and [sealingKeys] the `KeystoreVault`: what is stored opens on this device
 * alone.
 *
 * @param folder is made where it is not there, for this user alone.
 */
public class FileStore(folder: File) : Store {
    private val folder = Folder(folder)
    private val alarm = Alarm()

    @Volatile
    private var isClosed = false

    /**
     * The folder's own sealing key, made if there is none yet.
     *
     * @param vault what keeps it from whoever reads the files: on Android `KeystoreVault`. Left out, only the file's mode does. Where the vault
     *   can't open the key any more, and never will, the rows that it has sealed are lost with it: they are removed, and a new key is
     *   made.
     */
    @JvmOverloads
    public fun sealingKeys(vault: KeyVault? = null): SealingKeys = called("sealingKeys") {
        folder.locked {
            val kept = folder.read(KEY)
            val opened = if (vault == null) kept else kept?.let(vault::open)
            val entry = opened ?: ByteArray(ID_BYTES + 32).also { made ->
                SecureRandom().nextBytes(made)
                // What the lost key has sealed can't be opened by anybody.
                for (row in rows()) folder.remove(nameOf(row.row.id))
                folder.write(KEY, vault?.seal(made) ?: made)
            }
            val id = "device-" + entry.copyOf(ID_BYTES).joinToString("") { "%02x".format(it) }
            SealingKeys(listOf(SealingKey(id, entry.copyOfRange(ID_BYTES, entry.size))))
        }
    }

    override fun load(id: String): Stored? = called("load") { row(id) }

    override fun save(row: Row): Boolean {
        val won = called("save") {
            folder.locked {
                val before = row(row.id)
                val follows = if (row.revision == 1L) before == null else before?.row?.revision == row.revision - 1
                if (follows) put(Stored(row, before?.lastUsedAtMs, null))
                follows
            }
        }
        if (won && row.dueAtMs != null && row.leaseHolder == null) alarm.ring()
        return won
    }

    override fun due(nowMs: Long, limit: Int): List<Stored> = called("due") {
        waiting().filter { it.row.dueAtMs!! <= nowMs }.sortedBy { it.row.dueAtMs }.take(limit)
    }

    override fun nextDue(): Long? = called("nextDue") { waiting().minOfOrNull { it.row.dueAtMs!! } }

    override fun find(owner: String): List<Stored> = called("find") { rows().filter { it.row.owner == owner } }

    override fun findAccount(hashes: List<String>, exceptId: String): Boolean = called("findAccount") {
        rows().any { it.row.accountHash in hashes && it.row.id != exceptId && it.works }
    }

    override fun delete(id: String, revision: Long): Boolean = called("delete") {
        folder.locked {
            val before = row(id)
            if (before?.row?.revision == revision) folder.remove(nameOf(id))
            before == null || before.row.revision == revision
        }
    }

    override fun bump(name: String, floor: Long, by: Long): Long = called("bump") {
        folder.locked {
            val file = "counter-" + digest(name)
            val before = folder.read(file)?.let { String(it).toLong() } ?: 0
            val value = Math.addExact(maxOf(before, floor), by)
            if (value >= MOST) throw StoreError("bump", "the counter is past what a number holds")
            if (value != before) folder.write(file, value.toString().toByteArray())
            value
        }
    }

    override fun touch(id: String, lastUsedAtMs: Long): Unit = bestEffort {
        folder.locked {
            val before = row(id)
            if (before != null && before.lastUsedAtMs.let { it == null || it <= lastUsedAtMs - HOUR_MS }) {
                put(before.copy(lastUsedAtMs = lastUsedAtMs))
            }
        }
    }

    override fun quarantine(id: String, revision: Long, code: String): Boolean = called("quarantine") {
        folder.locked {
            val before = row(id)
            val isIt = before?.row?.revision == revision
            if (isIt) put(before!!.copy(row = before.row.copy(status = "quarantined"), quarantined = code))
            isIt
        }
    }

    override fun rowsSealedByOthers(keyId: String, limit: Int, afterId: String): List<String> = called("rowsSealedByOthers") {
        rows().filter { it.row.sealingKeyId != keyId && it.row.id > afterId }.map { it.row.id }.take(limit)
    }

    /** It has no clock of its own. */
    override fun nowMs(): Long? = null

    override fun wake(): Unit = alarm.ring()

    override fun await(timeoutMs: Long): Boolean = alarm.await(timeoutMs)

    override fun seen(holder: String, nowMs: Long): Unit = called("seen") {
        folder.locked {
            // Each start of a worker is another holder.
            val others = looks().filter { (other, atMs) -> other != holder && atMs >= nowMs - 24 * HOUR_MS }
            folder.write(SEEN, bytesOf { writer -> (others + (holder to nowMs)).forEach { (who, atMs) -> writer.text(who).number(atMs) } })
        }
    }

    override fun lastSeen(): Long? = called("lastSeen") { looks().maxOfOrNull { it.second } }

    override fun close() {
        isClosed = true
    }

    override fun toString(): String = "FileStore(${folder.path})"

    private inline fun <T> called(operation: String, call: () -> T): T {
        if (isClosed) throw StoreError(operation, "it is closed")
        return told(operation, call)
    }

    private fun looks(): List<Pair<String, Long>> {
        val reader = Reader(folder.read(SEEN) ?: return emptyList())
        return buildList { while (!reader.isAtEnd) add(reader.text()!! to reader.number()!!) }
    }

    private fun waiting(): List<Stored> = rows().filter { it.row.dueAtMs != null && it.quarantined == null }

    /** All that can be read: a damaged one must not stop the others, and [load] tells of it. */
    private fun rows(): List<Stored> = folder.names("row-").mapNotNull { folder.read(it) }.mapNotNull(::readable).sortedBy { it.row.id }

    private fun readable(bytes: ByteArray): Stored? = try {
        storedOf(bytes)
    } catch (_: Exception) {
        null
    }

    private fun row(id: String): Stored? = folder.read(nameOf(id))?.let(::storedOf)

    private fun put(stored: Stored): Unit = folder.write(nameOf(stored.row.id), bytesOf(stored))

    private fun nameOf(id: String): String = "row-" + digest(id)

    private inline fun bestEffort(work: () -> Unit) {
        try {
            called("touch", work)
        } catch (_: StoreError) {
            // The next one may work.
        }
    }

    private companion object {
        const val ID_BYTES = 4
    }
}

/** What keeps a device's sealing key. On Android it is `KeystoreVault`. */
public interface KeyVault {
    /** Seals it for this device. */
    public fun seal(plain: ByteArray): ByteArray

    /** What was sealed; null if nobody can open it any more. Throws where that is not certain. */
    public fun open(sealed: ByteArray): ByteArray?
}
