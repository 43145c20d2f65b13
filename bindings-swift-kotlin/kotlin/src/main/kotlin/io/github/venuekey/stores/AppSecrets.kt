package io.github.venuekey.stores

import java.io.File

/** A few secrets of an app's own, by name, that outlive its process: a callback on its way to the backend, the session there. */
public interface AppSecrets {
    /** What was saved; null if there is nothing, or nobody can open it any more. */
    public fun load(name: String): String?

    /** Returns when it is on the disk. Null removes it. */
    public fun save(name: String, text: String?)
}

/**
 * [AppSecrets] in a folder, a file each, for one process.
 *
 * @param folder on Android one below `context.noBackupFilesDir`. It may hold other things too.
 * @param vault seals them: on Android `KeystoreVault`. Left out, only the files' mode protects them.
 */
public class FileSecrets @JvmOverloads constructor(folder: File, private val vault: KeyVault? = null) : AppSecrets {
    private val folder = Folder(folder)

    override fun load(name: String): String? = told("load") {
        val kept = folder.read(fileOf(name))
        (if (vault == null) kept else kept?.let(vault::open))?.decodeToString()
    }

    override fun save(name: String, text: String?): Unit = told("save") {
        folder.turn {
            val plain = text?.toByteArray()
            if (plain == null) folder.remove(fileOf(name)) else folder.write(fileOf(name), vault?.seal(plain) ?: plain)
        }
    }

    override fun toString(): String = "FileSecrets(${folder.path})"

    /** Any name is one of a file in this folder. */
    private fun fileOf(name: String): String {
        if (name.isEmpty()) throw StoreError("name", "it is empty")
        return name.toByteArray().joinToString("") { byte ->
            val char = byte.toInt().toChar()
            if (char in 'a'..'z' || char in 'A'..'Z' || char in '0'..'9' || char in "._-") "$char" else "%%%02x".format(byte)
        }.replace(Regex("^\\."), "%2e")
    }
}
