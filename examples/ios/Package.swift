// swift-tools-version: 6.0
import PackageDescription

// The app's logic, which runs and is tested anywhere. App/ needs Xcode and is no part of this package.
let package = Package(
    name: "ConnectCore",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "ConnectCore", targets: ["ConnectCore"])],
    dependencies: [.package(name: "Venuekey", path: "../../bindings-swift-kotlin/swift")],
    targets: [
        .target(name: "ConnectCore", dependencies: [.product(name: "Venuekey", package: "Venuekey")])
    ],
    swiftLanguageModes: [.v6]
)
