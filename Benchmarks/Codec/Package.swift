// swift-tools-version:6.2
// The codecs alone, built as they ship, so that their work can be counted: see ../codecs.
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "codec",
  platforms: [.macOS(.v15)],
  targets: [
    .target(name: "CMeasure"),
    .target(name: "CHubPlugin"),
    .target(name: "CHubSDK", dependencies: ["CHubPlugin"]),
    .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The one thing the cores want of swift-crypto, whose own build takes longer than all of this.
    module("Crypto", ["CLibCrypto"]),
    module("OrderedJSON"),
    module("EngineIO", ["OrderedJSON"]),
    module("SocketIO", ["EngineIO", "OrderedJSON"]),
    module("WebSocketFrames", ["Crypto", "CZlib"]),
    module("HubModel", ["OrderedJSON"]),
    .target(name: "HubPluginSDK", dependencies: ["CHubPlugin", "CHubSDK", "OrderedJSON"], exclude: ["plugin.map"], swiftSettings: strict),
    module("MetaCloud", ["HubPluginSDK", "HubModel", "OrderedJSON", "CLibCrypto"]),
    .executableTarget(
      name: "codec", dependencies: ["CMeasure", "OrderedJSON", "EngineIO", "SocketIO", "WebSocketFrames", "MetaCloud"],
      swiftSettings: strict),
  ]
)
