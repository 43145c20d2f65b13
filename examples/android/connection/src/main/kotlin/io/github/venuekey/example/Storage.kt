package io.github.venuekey.example

/** A few named texts that outlive the process, encrypted: on Android by a key in the Keystore. */
interface Storage {
    fun read(name: String): String?

    /** Returns when it is on disk. Null removes it. */
    fun write(name: String, text: String?)
}
