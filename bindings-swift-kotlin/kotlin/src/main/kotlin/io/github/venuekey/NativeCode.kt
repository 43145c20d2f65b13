package io.github.venuekey

import com.sun.jna.Platform

/** The half of this library that is compiled for one platform: loaded by the first call. */
internal object NativeCode {
    private const val NAME = "venuekey_ffi"

    private val missing: NativeCodeMissing? by lazy {
        try {
            UniffiLib.ensureInitialized()
            null
        } catch (cause: LinkageError) {
            NativeCodeMissing(reason(), cause)
        }
    }

    fun check() {
        missing?.let { throw NativeCodeMissing(it.message!!, it.cause) }
    }

    private fun reason(): String {
        val platform = Platform.RESOURCE_PREFIX
        val file = "$platform/${System.mapLibraryName(NAME)}"
        if (NativeCode::class.java.getResource("/$file") == null) {
            return "no native library for $platform: neither $file in the jar nor ${System.mapLibraryName(NAME)} in jna.library.path; " +
                "README names the supported platforms"
        }
        return "the native library for $platform is here and can't be loaded: JNA unpacks it into a temporary folder, which must " +
            "let programs be written and run (not noexec); name another one with -Djna.tmpdir=FOLDER. Or the system's C library " +
            "is not the one it is built for: README names the supported platforms"
    }
}
