// swift-tools-version: 6.0
// The package by its URL, at a release's tag. release.sh writes this from bindings-swift-kotlin/swift/release.swift, with uniffi's half beside
// the written one; neither is in the repository's other commits.
import PackageDescription

let binaries = "https://github.com/venuekey/venuekey/releases/download/v@VERSION@"
let sources = "bindings-swift-kotlin/swift/Sources"

// Apple's systems get what an app is built with, without any call that takes a client's secret; Linux what a server is.
#if os(Linux)
let compiledHalf = Target.binaryTarget(
    name: "venuekeyFFI", url: "\(binaries)/venuekeyFFI.artifactbundle.zip", checksum: "@LINUX@")
let settings: [SwiftSetting] = [.define("VENUEKEY_SERVER")]
let other = "GeneratedApp"
#else
let compiledHalf = Target.binaryTarget(
    name: "venuekeyFFI", url: "\(binaries)/venuekeyFFI.xcframework.zip", checksum: "@APPLE@")
let settings: [SwiftSetting] = []
let other = "GeneratedServer"
#endif

let package = Package(
    name: "venuekey",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "Venuekey", targets: ["Venuekey"]),
        .library(name: "VenuekeyConformance", targets: ["VenuekeyConformance"]),
    ],
    targets: [
        compiledHalf,
        .target(
            name: "Venuekey", dependencies: ["venuekeyFFI"], path: "\(sources)/Venuekey", exclude: [other],
            swiftSettings: settings),
        .target(name: "VenuekeyConformance", dependencies: ["Venuekey"], path: "\(sources)/VenuekeyConformance"),
    ],
    swiftLanguageModes: [.v6]
)
