package io.github.venuekey.example

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import java.io.File
import java.security.GeneralSecurityException
import java.security.KeyStore
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** One file a name, each sealed by a key that never leaves the Keystore. */
class KeystoreStorage(context: Context) : Storage {
    private val folder = File(context.noBackupFilesDir, "venuekey").apply { mkdirs() }

    @Synchronized
    override fun read(name: String): String? {
        val file = AtomicFile(File(folder, name))
        if (!file.baseFile.exists()) return null
        val sealed = file.readFully()
        return try {
            val nonce = GCMParameterSpec(TAG_BITS, sealed, 0, NONCE_BYTES)
            val cipher = Cipher.getInstance(TRANSFORMATION).apply { init(Cipher.DECRYPT_MODE, key(), nonce) }
            cipher.updateAAD(name.toByteArray())
            String(cipher.doFinal(sealed, NONCE_BYTES, sealed.size - NONCE_BYTES))
        } catch (_: GeneralSecurityException) {
            // The key is gone (the screen lock was removed, say): what it sealed can't be read any more by anybody.
            file.delete()
            null
        }
    }

    @Synchronized
    override fun write(name: String, text: String?) {
        val file = AtomicFile(File(folder, name))
        if (text == null) return file.delete()
        val cipher = Cipher.getInstance(TRANSFORMATION).apply { init(Cipher.ENCRYPT_MODE, key()) }
        cipher.updateAAD(name.toByteArray())
        val sealed = cipher.iv + cipher.doFinal(text.toByteArray())
        val out = file.startWrite()
        try {
            out.write(sealed)
            file.finishWrite(out) // syncs, then replaces the old one as a whole
        } catch (error: Exception) {
            file.failWrite(out)
            throw error
        }
    }

    private fun key(): SecretKey {
        val keystore = KeyStore.getInstance("AndroidKeyStore").apply { load(null) }
        (keystore.getKey(ALIAS, null) as SecretKey?)?.let { return it }
        val spec = KeyGenParameterSpec.Builder(ALIAS, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, "AndroidKeyStore").apply { init(spec) }.generateKey()
    }

    private companion object {
        const val ALIAS = "venuekey-example"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val NONCE_BYTES = 12
        const val TAG_BITS = 128
    }
}
