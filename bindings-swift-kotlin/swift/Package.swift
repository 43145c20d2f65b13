// swift-tools-version: 6.0
import PackageDescription

// The compiled half: on a Mac the XCFramework that xcframework.sh makes, elsewhere a static library on the linker's
// search path (`swift build -Xlinker -L…`). Sources/Venuekey/Generated is uniffi's; neither is in the repository.
#if os(macOS)
let compiledHalf = Target.binaryTarget(name: "venuekeyFFI", path: "venuekeyFFI.xcframework")
#else
let compiledHalf = Target.systemLibrary(name: "venuekeyFFI", path: "Sources/venuekeyFFI")
#endif

let package = Package(
    name: "Venuekey",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Venuekey", targets: ["Venuekey"])],
    targets: [
        compiledHalf,
        .target(name: "Venuekey", dependencies: ["venuekeyFFI"]),
        .testTarget(name: "VenuekeyTests", dependencies: ["Venuekey"]),
    ],
    swiftLanguageModes: [.v6]
)
