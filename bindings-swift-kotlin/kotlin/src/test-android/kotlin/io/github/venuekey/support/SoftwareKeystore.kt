package io.github.venuekey.support

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties.PURPOSE_DECRYPT
import android.security.keystore.KeyProperties.PURPOSE_ENCRYPT
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** Answers as Android's Keystore does, from memory. */
class SoftwareKeystore : Provider("AndroidKeyStore", "1", "Android's, in memory") {
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
            check(wanted.purposes == PURPOSE_ENCRYPT or PURPOSE_DECRYPT)
            check(wanted.blockModes.single() == "GCM" && wanted.encryptionPaddings.single() == "NoPadding")
        }

        override fun engineInit(random: SecureRandom?) = error("not without its parameters")

        override fun engineInit(bits: Int, random: SecureRandom?) = error("not without its parameters")

        override fun engineGenerateKey(): SecretKey {
            check(!isOut) { "the Keystore does not answer" }
            return KeyGenerator.getInstance("AES", "SunJCE").apply { init(wanted.keySize) }.generateKey().also { keys[wanted.keystoreAlias] = it }
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
