// swift-tools-version:6.2
// The fuzz targets: the hub's own sources built with coverage and the address sanitizer, apart from the package above, whose build
// this must not touch. `scripts/fuzz` builds and runs it.
import PackageDescription

/// Optimised, yet with the checks of a debug build: an index out of bounds is to stop a run, not to read what lies there.
let instrumented: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-O", "-assert-config", "Debug", "-sanitize=fuzzer,address"]),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], sources: [String]? = nil) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, sources: sources, swiftSettings: instrumented)
}

/// The part of the realtime server that judges requests; the rest needs TLS and would take minutes to build.
let requestRules = [
  "Compression/CompressionOptions", "HTTP/ASCII", "HTTP/BodyBudget", "HTTP/HeadCheck", "HTTP/HTTPBodyReceiver", "HTTP/HTTPFields",
  "HTTP/HTTPFile", "HTTP/HTTPLimits", "HTTP/HTTPRequest", "HTTP/HTTPResponse", "HTTP/PlainFields", "HTTP/PlainHead", "HTTP/RequestTarget",
  "HTTP/UpgradeFields", "HTTP/UpgradeTable",
].map { "\($0).swift" }
/// The part of the plugin host that looks at files before they are loaded.
let fileChecks = [
  "ELFImage", "FileBytes", "FileStatus", "FileTrust", "PluginDescription", "PluginFile", "PluginManifest", "PluginNote", "PluginRefusal",
  "TrustedFile",
].map { "Loader/\($0).swift" }
let nio: [Target.Dependency] = ["NIOCore", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let embedded: [Target.Dependency] = [.product(name: "NIOEmbedded", package: "swift-nio")]

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: [
    .target(name: "CHubPlugin"),
    .target(name: "CHubSDK", dependencies: ["CHubPlugin"]),
    .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The two things the sources want of swift-crypto, whose own build takes longer than all of this.
    module("Crypto", ["CLibCrypto"]),
    module("OrderedJSON"),
    module("EngineIO", ["OrderedJSON"]),
    module("SocketIO", ["EngineIO", "OrderedJSON"]),
    module("WebSocketFrames", ["Crypto", "CZlib"]),
    module("RealtimeServer", ["EngineIO", "WebSocketFrames"] + nio, sources: requestRules),
    module("HubModel", ["OrderedJSON"]),
    // Without what opens certificates: that too needs TLS.
    module(
      "HubConfig", ["HubModel", "OrderedJSON", .product(name: "Yams", package: "Yams")],
      exclude: ["ConfigLoader+Load.swift", "Rules/CertificateRules.swift"]),
    .target(
      name: "HubPluginSDK", dependencies: ["CHubPlugin", "CHubSDK", "OrderedJSON"], exclude: ["plugin.map"], swiftSettings: instrumented),
    module("HubHost", ["CHubPlugin", "Crypto", "OrderedJSON"], sources: fileChecks),
    module("MetaCloud", ["HubPluginSDK", "HubModel", "OrderedJSON", "CLibCrypto"]),
    module("Evolution", ["HubPluginSDK", "HubModel", "OrderedJSON", "CLibCrypto"]),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "OrderedJSON", "EngineIO", "SocketIO", "WebSocketFrames", "RealtimeServer", "HubConfig", "HubModel", "HubHost", "HubPluginSDK",
        "MetaCloud", "Evolution",
      ] + nio + embedded, swiftSettings: instrumented, linkerSettings: [.unsafeFlags(["-sanitize=address"])]),
  ]
)
