pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
        mavenLocal() // the AAR of bindings-swift-kotlin/kotlin, until it is published
    }
}

rootProject.name = "venuekey-example"
include(":app")
