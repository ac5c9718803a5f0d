// swift-tools-version:6.2
// 6.2 or later: an outside plugin depends on this package, and only then may a dependency carry linker flags.
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// What every plugin's link needs; a plugin inherits it by depending on HubPluginSDK.
/// The map exports the entry symbol and nothing else: C symbols of the host must never bind into a plugin.
let linkPlugin: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/HubPluginSDK/plugin.map",
      "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "-z", "-Xlinker", "defs",
      "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/swift",
    ], .when(platforms: [.linux]))
]

/// Where an installed program finds the Swift runtime: packaging puts it beside the program's folder.
let findRuntime = LinkerSetting.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/swift"], .when(platforms: [.linux]))

/// Everything but the SDK is behind this trait: an outside plugin asks for `traits: []` and fetches nothing else.
let host: TargetDependencyCondition? = .when(traits: ["Host"])

func external(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: host)
}

func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, exclude: exclude, swiftSettings: strict)
}

/// A bundled plugin: the logic is a testable target; the entry symbol stands alone in a thin second one,
/// because two plugins in one test executable would define it twice.
func plugin(_ folder: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> [Target] {
  [
    .target(
      name: name, dependencies: ["HubPluginSDK", "HubModel", "OrderedJSON"] + dependencies, path: "plugins/\(folder)/Sources/\(name)",
      swiftSettings: strict),
    .target(
      name: "\(name)Plugin", dependencies: [.init(stringLiteral: name), "HubPluginSDK"],
      path: "plugins/\(folder)/Sources/\(name)Plugin", swiftSettings: strict),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.init(stringLiteral: name), "HubPluginSDK", "HubTesting", "HubModel", "OrderedJSON"] + dependencies,
      path: "plugins/\(folder)/Tests/\(name)Tests", swiftSettings: strict),
  ]
}

let package = Package(
  name: "hub",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "hub", targets: ["hub"]),
    .library(name: "HubPluginSDK", targets: ["HubPluginSDK"]),
    .library(name: "CHubPlugin", targets: ["CHubPlugin"]),
    .library(name: "HubTesting", targets: ["HubTesting"]),
    .library(name: "chatengine", type: .dynamic, targets: ["ChatEnginePlugin"]),
    .library(name: "evolution", type: .dynamic, targets: ["EvolutionPlugin"]),
    .library(name: "meta-cloud", type: .dynamic, targets: ["MetaCloudPlugin"]),
    .library(name: "socketio", type: .dynamic, targets: ["SocketIOSinkPlugin"]),
    .library(name: "stats", type: .dynamic, targets: ["StatsSinkPlugin"]),
  ],
  traits: [.default(enabledTraits: ["Host"]), .trait(name: "Host", description: "Everything but the plugin SDK.")],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
  ],
  targets: [
    .target(name: "CHubPlugin"),
    .target(name: "CHubSDK", dependencies: ["CHubPlugin"]),
    .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CChecksum"),
    .systemLibrary(name: "CPidfd"),
    .target(name: "CSQLiteSetup", linkerSettings: [.linkedLibrary("sqlite3")]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    module("OrderedJSON"),
    module("HubModel", ["OrderedJSON"]),
    .target(
      name: "HubPluginSDK", dependencies: ["CHubPlugin", "CHubSDK", "OrderedJSON"], exclude: ["plugin.map"],
      swiftSettings: strict, linkerSettings: linkPlugin),
    module("HubTesting", ["CHubPlugin", "HubModel", "HubPluginSDK", "OrderedJSON"]),

    module("EngineIO", ["OrderedJSON"]),
    module("SocketIO", ["EngineIO", "OrderedJSON"]),
    module("WebSocketFrames", ["CZlib", external("Crypto", "swift-crypto")]),
    module("HubRouter", ["HubModel"]),
    module("HubTelemetry", ["HubModel", "OrderedJSON", external("Logging", "swift-log")]),
    module("HubAuth", ["HubModel", "OrderedJSON", external("JWTKit", "jwt-kit"), external("Crypto", "swift-crypto")]),
    module(
      "HubStore",
      ["CChecksum", "CSQLiteSetup", "HubModel", "OrderedJSON", external("GRDB", "GRDB.swift"), external("GRDBSQLite", "GRDB.swift")]),
    module(
      "RealtimeServer",
      [
        "EngineIO", "SocketIO", "WebSocketFrames", "OrderedJSON", external("NIOCore", "swift-nio"), external("NIOPosix", "swift-nio"),
        external("NIOHTTP1", "swift-nio"), external("NIOSSL", "swift-nio-ssl"), external("Logging", "swift-log"),
        external("DequeModule", "swift-collections"),
      ]),
    module(
      "UpstreamSocket",
      [
        "EngineIO", "SocketIO", "WebSocketFrames", "OrderedJSON", external("NIOCore", "swift-nio"), external("NIOPosix", "swift-nio"),
        external("NIOSSL", "swift-nio-ssl"), external("Logging", "swift-log"), external("DequeModule", "swift-collections"),
      ]),
    module("HubConfig", ["HubModel", "OrderedJSON", external("Yams", "Yams"), external("NIOSSL", "swift-nio-ssl")]),
    module(
      "HubHost",
      [
        "CHubPlugin", "HubModel", "OrderedJSON", "HubRouter", "HubStore", "HubAuth", "HubTelemetry", "RealtimeServer", "UpstreamSocket",
        external("Logging", "swift-log"), external("Crypto", "swift-crypto"), external("NIOCore", "swift-nio"),
      ]),
    module(
      "HubOutbound",
      [
        "HubModel", "HubHost", "UpstreamSocket", external("AsyncHTTPClient", "async-http-client"), external("NIOCore", "swift-nio"),
        external("NIOPosix", "swift-nio"), external("NIOHTTP1", "swift-nio"), external("NIOSSL", "swift-nio-ssl"),
      ]),
    module(
      "HubServer",
      [
        "CPidfd", "HubModel", "OrderedJSON", "HubAuth", "HubStore", "HubTelemetry", "RealtimeServer",
        external("Crypto", "swift-crypto"), external("Hummingbird", "hummingbird"), external("HummingbirdCore", "hummingbird"),
        external("HTTPTypes", "swift-http-types"),
        external("ServiceLifecycle", "swift-service-lifecycle"), external("Logging", "swift-log"), external("NIOCore", "swift-nio"),
      ]),
    .executableTarget(
      name: "hub",
      dependencies: [
        "HubModel", "OrderedJSON", "HubConfig", "HubTelemetry", "HubStore", "HubRouter", "HubAuth", "RealtimeServer", "UpstreamSocket",
        "HubHost", "HubOutbound", "HubServer", external("ArgumentParser", "swift-argument-parser"),
        external("ServiceLifecycle", "swift-service-lifecycle"),
        external("UnixSignals", "swift-service-lifecycle"), external("AsyncHTTPClient", "async-http-client"),
        external("Logging", "swift-log"), external("NIOCore", "swift-nio"),
        external("NIOPosix", "swift-nio"), external("NIOHTTP1", "swift-nio"), external("Crypto", "swift-crypto"),
      ], swiftSettings: strict, linkerSettings: [findRuntime]),
    module(
      "HubFakes",
      [
        "HubModel", "OrderedJSON", "EngineIO", "RealtimeServer", external("AsyncHTTPClient", "async-http-client"),
        external("Crypto", "swift-crypto"),
        external("Logging", "swift-log"), external("NIOCore", "swift-nio"), external("NIOHTTP1", "swift-nio"),
        external("NIOPosix", "swift-nio"),
      ]),
    .executableTarget(
      name: "hub-fakes", dependencies: ["HubFakes", "OrderedJSON", external("ArgumentParser", "swift-argument-parser")],
      swiftSettings: strict),
    .executableTarget(
      name: "realtime-fixture",
      dependencies: [
        "RealtimeServer", "EngineIO", "OrderedJSON", external("Crypto", "swift-crypto"), external("Logging", "swift-log"),
        external("NIOCore", "swift-nio"), external("NIOPosix", "swift-nio"),
      ], swiftSettings: strict),

    tests("OrderedJSON"),
    tests("HubModel", ["OrderedJSON"]),
    tests("HubPluginSDK", ["CHubPlugin", "OrderedJSON"]),
    tests("HubTesting", ["HubPluginSDK", "OrderedJSON"]),
    tests("EngineIO"),
    tests("SocketIO", ["EngineIO", "OrderedJSON", "HubTesting"]),
    tests("WebSocketFrames", ["CZlib", "HubTesting"]),
    tests("HubRouter", ["HubTesting"]),
    tests("HubTelemetry", ["OrderedJSON", external("Logging", "swift-log")]),
    tests("HubAuth", ["HubModel", "OrderedJSON", "HubTesting", external("Crypto", "swift-crypto")]),
    .target(name: "CFaultVFS", path: "Tests/HubStoreTests/CFaultVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
    .executableTarget(
      name: "journal-probe", dependencies: ["HubStore", "OrderedJSON"], path: "Tests/HubStoreTests/JournalProbe", swiftSettings: strict),
    tests("HubStore", ["HubModel", "OrderedJSON", "HubTesting", "CFaultVFS", "journal-probe"], exclude: ["CFaultVFS", "JournalProbe"]),
    tests(
      "RealtimeServer",
      [
        "WebSocketFrames", "SocketIO", "EngineIO", "OrderedJSON", "HubTesting", external("NIOCore", "swift-nio"),
        external("NIOPosix", "swift-nio"), external("NIOSSL", "swift-nio-ssl"), external("Logging", "swift-log"),
      ]),
    tests(
      "UpstreamSocket",
      [
        "RealtimeServer", "WebSocketFrames", "SocketIO", "HubTesting", external("NIOCore", "swift-nio"), external("NIOPosix", "swift-nio"),
        external("Logging", "swift-log"),
      ]),
    tests("HubConfig", ["HubModel", "OrderedJSON"], exclude: ["Golden"]),
    tests(
      "HubFakes",
      [
        "hub-fakes", "OrderedJSON", external("AsyncHTTPClient", "async-http-client"), external("NIOCore", "swift-nio"),
        external("NIOHTTP1", "swift-nio"),
      ],
      exclude: ["Golden"]),
    tests(
      "HubHost",
      [
        "HubModel", "HubStore", "HubRouter", "HubAuth", "HubTelemetry", "HubTesting", "RealtimeServer", "UpstreamSocket", "CHubPlugin",
        "CFaultVFS", "OrderedJSON", external("Logging", "swift-log"), external("NIOCore", "swift-nio"),
      ]),
    tests(
      "HubOutbound",
      [
        "HubModel", "HubHost", "HubTesting", external("AsyncHTTPClient", "async-http-client"), external("NIOCore", "swift-nio"),
        external("NIOPosix", "swift-nio"), external("NIOHTTP1", "swift-nio"), external("NIOSSL", "swift-nio-ssl"),
      ]),
    tests(
      "HubServer",
      [
        "HubModel", "HubAuth", "HubStore", "HubTelemetry", "HubTesting", "RealtimeServer", "OrderedJSON",
        external("NIOCore", "swift-nio"), external("NIOPosix", "swift-nio"),
        external("Logging", "swift-log"), external("ServiceLifecycle", "swift-service-lifecycle"),
      ]),
  ] + plugin("channels/chatengine", "ChatEngine") + plugin("channels/evolution", "Evolution", ["CLibCrypto"])
    + plugin("channels/meta-cloud", "MetaCloud", ["CLibCrypto"])
    + plugin("sinks/socketio", "SocketIOSink")
    + plugin("sinks/stats", "StatsSink")
)

// HUB_TESTS=ATests,BTests leaves these and what they need, for builds that are slow without the rest: scripts/sanitize.
if let names = Context.environment["HUB_TESTS"]?.split(separator: ",").map(String.init) {
  var wanted: Set<String> = []
  var open = names
  while let name = open.popLast() {
    guard wanted.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for case .byNameItem(let needed, _) in target.dependencies { open.append(needed) }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products = []
}
