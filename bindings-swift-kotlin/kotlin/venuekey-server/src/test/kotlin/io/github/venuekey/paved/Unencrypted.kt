package io.github.venuekey.paved

import java.security.SecureRandom
import javax.net.ssl.KeyManager
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLContextSpi
import javax.net.ssl.SSLParameters
import javax.net.ssl.TrustManager

/** The JDK's client makes ready for TLS, a fifth of a short program's time, though all is http here. It finds nothing to make ready. */
object Unencrypted : SSLContext(Nothing, null, "none") {
    private object Nothing : SSLContextSpi() {
        override fun engineInit(keys: Array<KeyManager>?, trusted: Array<TrustManager>?, random: SecureRandom?) = Unit

        override fun engineGetDefaultSSLParameters() = SSLParameters(emptyArray(), emptyArray())

        override fun engineGetSupportedSSLParameters() = engineGetDefaultSSLParameters()

        override fun engineGetSocketFactory() = none()

        override fun engineGetServerSocketFactory() = none()

        override fun engineCreateSSLEngine() = none()

        override fun engineCreateSSLEngine(host: String?, port: Int) = none()

        override fun engineGetServerSessionContext() = null

        override fun engineGetClientSessionContext() = null

        private fun none(): kotlin.Nothing = throw UnsupportedOperationException("all is http here")
    }
}
