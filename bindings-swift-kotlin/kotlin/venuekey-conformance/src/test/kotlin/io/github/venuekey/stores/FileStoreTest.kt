package io.github.venuekey.stores

import io.github.venuekey.support.Program
import java.io.File
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class FileStoreTest : StoreConformance() {
    override fun newPlace(): String = Files.createTempDirectory("venuekey-store-").resolve("connections").toString()

    override fun openStore(place: String): Store = FileStore(File(place))

    override fun removePlace(place: String) {
        File(place).parentFile.deleteRecursively()
    }

    /** A file stands where the folder was: not even a deletion is possible. */
    override fun failing(place: String): AutoCloseable {
        val (folder, aside) = File(place) to File("$place-aside")
        check(folder.renameTo(aside) && folder.createNewFile())
        return AutoCloseable { check(folder.delete() && aside.renameTo(folder)) }
    }

    /** Runs where no file of this process grows past its first byte. */
    private fun onAFullDisk(work: () -> Unit) {
        fun limit(bytes: String) {
            val command = listOf("prlimit", "--pid", "${ProcessHandle.current().pid()}", "--fsize=$bytes:")
            Program(command).use { assertEquals(0, it.ended(), it.lines.toString()) }
        }
        limit("1")
        try {
            work()
        } finally {
            limit("unlimited")
        }
    }

    @Test
    fun `a full disk costs nothing that was there`() {
        val row = made()
        opened().use { store ->
            assertTrue(store.save(row))
            onAFullDisk { assertThrows(StoreError::class.java) { store.save(row.copy(revision = 2)) } }
            assertEquals(row, store.kept(row.id))
            assertTrue(store.save(row.copy(revision = 2)))
        }
    }

    @Test
    fun `nobody else can read the folder`() {
        opened().use { it.save(made()) }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(File(place).toPath())))
    }

    @Test
    fun `a file that is damaged or a newer release's is said to be so`() {
        val row = made()
        opened().use { store ->
            assertTrue(store.save(row))
            val file = File(place).listFiles()!!.single { it.name.startsWith("row-") }
            val whole = file.readBytes()
            for (bytes in listOf(ByteArray(0), whole.copyOf(whole.size / 2), byteArrayOf(2) + whole.drop(1))) {
                file.writeBytes(bytes)
                assertThrows(StoreError::class.java) { store.load(row.id) }
            }
            file.writeBytes(whole)
            assertEquals(row, store.kept(row.id))
        }
    }

    // The sealing key.

    /** As a Keystore: what one has sealed opens there alone. */
    private class Vault(private val mask: Byte, private val isOut: Boolean = false) : KeyVault {
        private fun masked(bytes: ByteArray) = ByteArray(bytes.size) { (bytes[it].toInt() xor mask.toInt()).toByte() }

        override fun seal(plain: ByteArray): ByteArray = byteArrayOf(mask) + masked(plain)

        override fun open(sealed: ByteArray): ByteArray? {
            check(!isOut) { "the Keystore does not answer" }
            return if (sealed[0] == mask) masked(sealed.copyOfRange(1, sealed.size)) else null
        }
    }

    private fun keyFile() = File(place).resolve("sealing-key").readBytes()

    @Test
    fun `its key outlives the process, and is in the vault's hands`() {
        val plain = opened().use { (it as FileStore).sealingKeys().ids }
        assertEquals(plain, opened().use { (it as FileStore).sealingKeys().ids })
        val bytes = keyFile()
        File(place).deleteRecursively()
        val sealed = opened().use { (it as FileStore).sealingKeys(Vault(5)).ids }
        assertFalse(bytes.contentEquals(keyFile()))
        assertEquals(5, keyFile()[0])
        assertEquals(sealed, opened().use { (it as FileStore).sealingKeys(Vault(5)).ids })
    }

    @Test
    fun `a key that is lost for good takes its rows with it, and a vault that does not answer takes nothing`() {
        val row = made()
        opened().use { store ->
            val ids = (store as FileStore).sealingKeys(Vault(5)).ids
            assertTrue(store.save(row))
            val before = keyFile()
            assertThrows(StoreError::class.java) { store.sealingKeys(Vault(5, isOut = true)) }
            assertArrayEquals(before, keyFile())
            assertEquals(row, store.kept(row.id))
            assertFalse(store.sealingKeys(Vault(6)).ids == ids)
            assertNull(store.load(row.id))
        }
    }
}
