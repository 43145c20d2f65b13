plugins {
    id("com.android.application") version "9.1.0"
    id("org.jetbrains.kotlin.plugin.compose") version "2.4.20"
}

android {
    namespace = "io.github.venuekey.example"
    compileSdk = 36
    defaultConfig {
        applicationId = "io.github.venuekey.example"
        minSdk = 26
        targetSdk = 36
        // Where the backend is: its origin is also the host of the App Links in the manifest.
        buildConfigField("String", "BACKEND", "\"https://partner.example\"")
        manifestPlaceholders["host"] = "partner.example"
    }
    buildFeatures {
        buildConfig = true
        compose = true
    }
    // What needs no more than Android's framework, and is tested without a device.
    sourceSets["main"].kotlin.srcDirs("../connection/src/main/kotlin", "../connection/src/android/kotlin")
}

dependencies {
    implementation("io.github.venuekey:venuekey:0.1.0@aar")
    implementation("net.java.dev.jna:jna:5.19.1@aar") // with its library for each ABI
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    implementation("com.squareup.okhttp3:okhttp:5.5.1")
    implementation("com.google.code.gson:gson:2.13.1")
    implementation("androidx.browser:browser:1.9.0")
    implementation("androidx.activity:activity-compose:1.11.0")
    implementation("androidx.lifecycle:lifecycle-viewmodel-compose:2.9.4")
    implementation("androidx.compose.material3:material3:1.4.0")
}
