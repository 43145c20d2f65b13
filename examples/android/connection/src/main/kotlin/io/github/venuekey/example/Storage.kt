package io.github.venuekey.example

import io.github.venuekey.stores.KeyVault
import java.io.File

/** A few named texts of the app's own that outlive the process: the backend's session, and a callback on its way there. */
interface Storage {
    fun read(name: String): String?

    /** Returns when it is on disk. Null removes it. */
    fun write(name: String, text: String?)
}

/** A file for each, sealed on Android by the Keystore. What can't be opened any more is gone: the user begins again. */
class SealedFiles(private val folder: File, private val vault: KeyVault) : Storage {
    @Synchronized
    override fun read(name: String): String? =
        File(folder, name).takeIf { it.exists() }?.let { vault.open(it.readBytes()) }?.decodeToString()

    @Synchronized
    override fun write(name: String, text: String?) {
        val (file, beside) = File(folder, name) to File(folder, "$name.new")
        if (text == null) return check(file.delete() || !file.exists())
        folder.mkdirs()
        beside.outputStream().use {
            it.write(vault.seal(text.toByteArray()))
            it.fd.sync()
        }
        check(beside.renameTo(file)) { "the folder can't be written" }
    }
}
