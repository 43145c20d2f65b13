// swift-tools-version: 6.0
import PackageDescription

// What runs in a user's own hands, in one package: test.sh lays the sources out beside this file and builds them with the
// compiled half of an app, which has no call that takes a client's secret.
let package = Package(
    name: "App",
    platforms: [.macOS(.v14)],
    targets: [
        .systemLibrary(name: "venuekeyFFI"),
        .target(name: "Venuekey", dependencies: ["venuekeyFFI"]),
        .executableTarget(name: "connect", dependencies: ["Venuekey"]),
        .executableTarget(name: "quickstart", dependencies: ["Venuekey"]),
        .target(name: "ConnectCore", dependencies: ["Venuekey"]),
        .testTarget(name: "AppTests", dependencies: ["ConnectCore", "connect", "quickstart"]),
    ],
    swiftLanguageModes: [.v6]
)
