package io.github.venuekey.stores

import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.channels.FileLock
import java.nio.file.AccessDeniedException
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE
import java.nio.file.attribute.PosixFilePermissions
import java.security.MessageDigest
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/** Files that are replaced as a whole, in one folder: readers see the old one or the new one, and need no lock. */
internal class Folder(private val folder: File) {
    val path: String get() = folder.path

    /** One of all threads and processes at a time. */
    fun <T> locked(work: () -> T): T = turn {
        FileChannel.open(file("lock"), CREATE, WRITE).use { channel ->
            val lock: FileLock = channel.lock()
            lock.use { work() }
        }
    }

    /** One of this process's threads at a time. Two of its channels can't hold one file's lock, whoever has opened them. */
    fun <T> turn(work: () -> T): T {
        made()
        return TURNS.getOrPut(folder.canonicalPath, ::ReentrantLock).withLock(work)
    }

    fun read(name: String): ByteArray? {
        made()
        return try {
            Files.readAllBytes(file(name))
        } catch (_: NoSuchFileException) {
            null
        }
    }

    fun write(name: String, bytes: ByteArray) {
        val beside = file(".new")
        FileChannel.open(beside, CREATE, WRITE, TRUNCATE_EXISTING).use { channel ->
            val left = ByteBuffer.wrap(bytes)
            while (left.hasRemaining()) channel.write(left)
            channel.force(true)
        }
        Files.move(beside, file(name), ATOMIC_MOVE, REPLACE_EXISTING)
        sync()
    }

    fun remove(name: String) {
        Files.deleteIfExists(file(name))
        sync()
    }

    fun names(prefix: String): List<String> {
        made()
        return folder.list { _, name -> name.startsWith(prefix) }?.toList() ?: throw IOException("the folder can't be listed")
    }

    private fun file(name: String): Path = folder.toPath().resolve(name)

    private fun made() {
        if (folder.isDirectory) return
        Files.createDirectories(folder.absoluteFile.toPath())
        try {
            Files.setPosixFilePermissions(folder.toPath(), PosixFilePermissions.fromString("rwx------"))
        } catch (_: UnsupportedOperationException) {
            // Windows has none.
        }
    }

    /** A new name is on the disk once its folder is. */
    private fun sync() {
        try {
            FileChannel.open(folder.toPath(), READ).use { it.force(true) }
        } catch (_: AccessDeniedException) {
            // Windows opens no folder, and has its names on the disk without that.
        }
    }

    private companion object {
        val TURNS = ConcurrentHashMap<String, ReentrantLock>()
    }
}

/** A name for a file, of any text. */
internal fun digest(text: String): String =
    MessageDigest.getInstance("SHA-256").digest(text.toByteArray()).joinToString("") { "%02x".format(it) }
