package io.github.venuekey

import android.security.keystore.KeyGenParameterSpec
import io.github.venuekey.stores.KeystoreVault
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test

/** As Android's Keystore answers to the same calls. The chip, and Android's own classes, are no part of this test. */
class KeystoreVaultTest {
    private val vault = KeystoreVault("of this test")

    @BeforeEach
    fun begin() {
        Security.addProvider(FakeKeystore())
    }

    @AfterEach
    fun end() {
        Security.removeProvider("AndroidKeyStore")
        FakeKeystore.keys.clear()
        FakeKeystore.isOut = false
    }

    @Test
    fun `what is sealed opens, in another process too`() {
        val sealed = vault.seal(byteArrayOf(1, 2, 3))
        assertFalse(sealed.contentEquals(vault.seal(byteArrayOf(1, 2, 3))), "a nonce of its own each time")
        assertArrayEquals(byteArrayOf(1, 2, 3), KeystoreVault("of this test").open(sealed))
        assertEquals(listOf("of this test"), FakeKeystore.keys.keys.toList())
    }

    @Test
    fun `a key that is gone, or another by its name, is said to be gone for good`() {
        val sealed = vault.seal(byteArrayOf(1, 2, 3))
        FakeKeystore.keys.clear()
        assertNull(vault.open(sealed))
        vault.seal(byteArrayOf(4))
        assertNull(vault.open(sealed))
    }

    @Test
    fun `a Keystore that does not answer has lost nothing`() {
        val sealed = vault.seal(byteArrayOf(1, 2, 3))
        FakeKeystore.isOut = true
        assertThrows(Exception::class.java) { vault.open(sealed) }
        assertThrows(Exception::class.java) { vault.seal(byteArrayOf(1)) }
        FakeKeystore.isOut = false
        assertArrayEquals(byteArrayOf(1, 2, 3), vault.open(sealed))
    }
}

class FakeKeystore : Provider("AndroidKeyStore", "1", "Android's, in memory") {
    init {
        put("KeyStore.AndroidKeyStore", Keys::class.java.name)
        put("KeyGenerator.AES", Generator::class.java.name)
    }

    companion object {
        val keys = mutableMapOf<String, SecretKey>()
        var isOut = false
    }

    class Generator : KeyGeneratorSpi() {
        private lateinit var wanted: KeyGenParameterSpec

        override fun engineInit(params: AlgorithmParameterSpec, random: SecureRandom?) {
            wanted = params as KeyGenParameterSpec
            check(wanted.purposes == 3 && wanted.said == listOf("GCM", "NoPadding"))
        }

        override fun engineInit(random: SecureRandom?) = error("not without its parameters")

        override fun engineInit(bits: Int, random: SecureRandom?) = error("not without its parameters")

        override fun engineGenerateKey(): SecretKey {
            check(!isOut) { "the Keystore does not answer" }
            return KeyGenerator.getInstance("AES", "SunJCE").apply { init(wanted.bits) }.generateKey().also { keys[wanted.name] = it }
        }
    }

    class Keys : KeyStoreSpi() {
        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

        override fun engineGetKey(alias: String, password: CharArray?): Key? {
            check(!isOut) { "the Keystore does not answer" }
            return keys[alias]
        }

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

        override fun engineGetCertificate(alias: String): Certificate? = null

        override fun engineGetCreationDate(alias: String): Date? = null

        override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<out Certificate>?) = Unit

        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<out Certificate>?) = Unit

        override fun engineSetCertificateEntry(alias: String, cert: Certificate?) = Unit

        override fun engineDeleteEntry(alias: String) = Unit

        override fun engineAliases(): Enumeration<String> = Collections.enumeration(keys.keys)

        override fun engineContainsAlias(alias: String): Boolean = alias in keys

        override fun engineSize(): Int = keys.size

        override fun engineIsKeyEntry(alias: String): Boolean = alias in keys

        override fun engineIsCertificateEntry(alias: String): Boolean = false

        override fun engineGetCertificateAlias(cert: Certificate?): String? = null

        override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit
    }
}
