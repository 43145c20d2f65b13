// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "swift-desktop",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "Venuekey", path: "../../bindings-swift-kotlin/swift")],
    targets: [
        .executableTarget(name: "connect", dependencies: [.product(name: "Venuekey", package: "Venuekey")])
    ],
    swiftLanguageModes: [.v6]
)
