// What KeystoreVault uses of Android's own classes, by their documentation, so that it is compiled and run here too.
package android.security.keystore

import java.security.spec.AlgorithmParameterSpec

object KeyProperties {
    const val PURPOSE_ENCRYPT = 1
    const val PURPOSE_DECRYPT = 2
    const val KEY_ALGORITHM_AES = "AES"
    const val BLOCK_MODE_GCM = "GCM"
    const val ENCRYPTION_PADDING_NONE = "NoPadding"
}

class KeyGenParameterSpec private constructor(val name: String, val purposes: Int, val bits: Int, val said: List<String>) : AlgorithmParameterSpec {
    class Builder(private val name: String, private val purposes: Int) {
        private val said = mutableListOf<String>()
        private var bits = 0

        fun setBlockModes(vararg modes: String) = apply { said += modes }

        fun setEncryptionPaddings(vararg paddings: String) = apply { said += paddings }

        fun setKeySize(bits: Int) = apply { this.bits = bits }

        fun build() = KeyGenParameterSpec(name, purposes, bits, said)
    }
}
