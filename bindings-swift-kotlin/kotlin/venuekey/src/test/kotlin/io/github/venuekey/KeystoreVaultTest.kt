package io.github.venuekey

import io.github.venuekey.stores.KeystoreVault
import io.github.venuekey.support.SoftwareKeystore
import java.security.Security
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test

/** With Android's own classes, over a Keystore in memory: its chip, and the process that guards it, are on a device alone. */
class KeystoreVaultTest {
    private val vault = KeystoreVault("of this test")

    @BeforeEach
    fun begin() {
        Security.addProvider(SoftwareKeystore())
    }

    @AfterEach
    fun end() {
        Security.removeProvider("AndroidKeyStore")
        SoftwareKeystore.keys.clear()
        SoftwareKeystore.isOut = false
    }

    @Test
    fun `what is sealed opens, in another process too`() {
        val sealed = vault.seal(byteArrayOf(1, 2, 3))
        assertFalse(sealed.contentEquals(vault.seal(byteArrayOf(1, 2, 3))), "a nonce of its own each time")
        assertArrayEquals(byteArrayOf(1, 2, 3), KeystoreVault("of this test").open(sealed))
        assertEquals(listOf("of this test"), SoftwareKeystore.keys.keys.toList())
    }

    @Test
    fun `a key that is gone, or another by its name, is said to be gone for good`() {
        val sealed = vault.seal(byteArrayOf(1, 2, 3))
        SoftwareKeystore.keys.clear()
        assertNull(vault.open(sealed))
        vault.seal(byteArrayOf(4))
        assertNull(vault.open(sealed))
    }

    @Test
    fun `a Keystore that does not answer has lost nothing`() {
        val sealed = vault.seal(byteArrayOf(1, 2, 3))
        SoftwareKeystore.isOut = true
        assertThrows(Exception::class.java) { vault.open(sealed) }
        assertThrows(Exception::class.java) { vault.seal(byteArrayOf(1)) }
        SoftwareKeystore.isOut = false
        assertArrayEquals(byteArrayOf(1, 2, 3), vault.open(sealed))
    }
}
