// swift-tools-version: 6.0
import PackageDescription

// The compiled half: on a Mac the XCFramework that xcframework.sh makes, elsewhere a static library on the linker's
// search path (`swift build -Xlinker -L…`). Sources/Venuekey/Generated is uniffi's; neither is in the repository.
#if os(macOS)
let compiledHalf = Target.binaryTarget(name: "venuekeyFFI", path: "venuekeyFFI.xcframework")
#else
let compiledHalf = Target.systemLibrary(name: "venuekeyFFI", path: "Sources/venuekeyFFI")
#endif

// A server's compiled half takes a client's secret, an app's does not.
let isServer = Context.environment["VENUEKEY_SERVER"] != nil

let package = Package(
    name: "Venuekey",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "Venuekey", targets: ["Venuekey"]),
        .library(name: "VenuekeyConformance", targets: ["VenuekeyConformance"]),
        .library(name: "VenuekeySandbox", targets: ["VenuekeySandbox"]),
    ],
    targets: [
        compiledHalf,
        .target(name: "Venuekey", dependencies: ["venuekeyFFI"], swiftSettings: isServer ? [.define("VENUEKEY_SERVER")] : []),
        .target(name: "VenuekeyConformance", dependencies: ["Venuekey"]),
        .target(name: "VenuekeySandbox"),
    ],
    swiftLanguageModes: [.v6]
)

// The tests replay a server's flows too, so they are built with a compiled half that takes a client's secret; test.sh
// sees to it.
if isServer {
    package.targets += [
        .testTarget(
            name: "VenuekeyTests", dependencies: ["Venuekey", "VenuekeyConformance", "Rig", "store-child", "worker"],
            path: "Tests", exclude: ["App", "Relay", "Rig", "Sandbox", "StoreChild", "Worker"],
            sources: ["Support", "VenuekeyTests"]),
        .testTarget(name: "SandboxTests", dependencies: ["VenuekeySandbox"], path: "Tests/Sandbox"),
        .executableTarget(name: "relay", dependencies: ["Venuekey"], path: "Tests/Relay"),
        .executableTarget(name: "store-child", dependencies: ["VenuekeyConformance"], path: "Tests/StoreChild"),
        .target(name: "Rig", dependencies: ["Venuekey"], path: "Tests/Rig"),
        .executableTarget(name: "worker", dependencies: ["Rig"], path: "Tests/Worker"),
    ]
}
