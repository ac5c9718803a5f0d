// swift-tools-version:6.2
// An outside plugin: its own package, which fetches the hub's SDK and nothing else of the hub (traits: []).
import PackageDescription

let package = Package(
  name: "swift-echo",
  platforms: [.macOS(.v15)],
  // The product's name makes the file's: libswift-echo.so.
  products: [.library(name: "swift-echo", type: .dynamic, targets: ["SwiftEcho"])],
  dependencies: [.package(name: "hub", path: "../../..", traits: [])],
  targets: [
    .target(name: "SwiftEcho", dependencies: [.product(name: "HubPluginSDK", package: "hub")], swiftSettings: [.swiftLanguageMode(.v6)]),
    .testTarget(
      name: "SwiftEchoTests", dependencies: ["SwiftEcho", .product(name: "HubTesting", package: "hub")],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
