import Foundation
import HubAuth
import HubModel
import HubTelemetry
import Logging
import OrderedJSON
import RealtimeServer
import Synchronization

@testable import HubHost
@testable import HubStore

/// Lines a test can wait for.
final class Lines: Sendable {
  private let state = Mutex<(lines: [String], waiting: [(String, CheckedContinuation<String, Never>)])>(([], []))

  var all: [String] { state.withLock { $0.lines } }

  func add(_ line: String) {
    let ready = state.withLock { state in
      state.lines.append(line)
      let ready = state.waiting.filter { line.hasPrefix($0.0) }
      state.waiting.removeAll { line.hasPrefix($0.0) }
      return ready
    }
    for (_, continuation) in ready { continuation.resume(returning: line) }
  }

  /// The first line with this beginning, now or once it comes.
  func first(_ prefix: String) async -> String {
    await withCheckedContinuation { continuation in
      let found = state.withLock { state -> String? in
        if let line = state.lines.first(where: { $0.hasPrefix(prefix) }) { return line }
        state.waiting.append((prefix, continuation))
        return nil
      }
      if let found { continuation.resume(returning: found) }
    }
  }
}

/// Hands every line of a logger to `Lines`.
struct LineHandler: LogHandler {
  let lines: Lines
  /// The same with their metadata.
  let details: Lines
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    details.add("\(event.message) \(fields.joined(separator: " "))")
    lines.add("\(event.message)")
  }
}

/// A plugin host around one workspace, with everything it calls recorded.
final class HostHarness: Sendable {
  let workspace: Workspace
  let lines = Lines()
  let details = Lines()
  let metrics: HubMetrics
  let services: HostServices
  let host: PluginHost
  let routes = PluginRoutes()
  let appended = Mutex<[IncomingEvent]>([])
  let volatile = Mutex<[IncomingEvent]>([])
  let emitted = Lines()
  let namespaces = Mutex<[String: PluginNamespace]>([:])

  /// - Parameters:
  ///   - append: what the journal answers; nil: everything is stored.
  ///   - marks: whether plugins on their way up are marked, in the workspace's `marks`.
  ///   - limits: what users and tenants may use.
  ///   - level: the quietest lines that are written.
  ///   - upstreams: what stands in for connections to Socket.IO servers.
  ///   - outbound: what stands in for requests to outside.
  ///   - keepsValues: whether adapters can keep values.
  ///   - asked: told of every question before it is answered.
  init(
    append: (@Sendable ([IncomingEvent], @escaping HostServices.Appended) throws(JournalError) -> Void)? = nil, marks: Bool = false,
    limits: ClientLimits = ClientLimits(), level: Logger.Level = .debug, upstreams: ScriptedUpstreams? = nil,
    outbound: ScriptedOutbound? = nil, keepsValues: Bool = true,
    asked: @escaping @Sendable () -> Void = {}
  ) throws {
    workspace = try Workspace()
    metrics = try HubMetrics()
    let box = Weak()
    let lines = lines
    let details = details
    var services = HostServices(
      logger: Logger(label: "test") { _ in LineHandler(lines: lines, details: details, logLevel: level) }, metrics: metrics,
      append: { events, done throws(JournalError) in
        if let append { return try append(events, done) }
        box.harness?.appended.withLock { $0 += events }
        done(.success(events.indices.map { .stored(sequence: UInt64($0) + 1) }))
      },
      publishVolatile: { events in box.harness?.volatile.withLock { $0 += events } },
      authenticate: { credential throws(AuthFailure) in
        switch credential {
        case nil: throw .missing
        case .bearer("old"): throw .expired
        case .bearer("tenant-a narrowed"): return Identity(tenant: "tenant-a", user: "u", roles: [], accounts: ["elsewhere"])
        case .bearer(let text) where text.hasPrefix("tenant-"):
          return Identity(tenant: text, user: "u", roles: text == "tenant-stats" ? [.stats] : [])
        case .bearer("nobody"): return Identity(tenant: "", user: "u", roles: [])
        case .bearer("key-read"): return Identity(tenant: "tenant-a", user: "", roles: [.read], source: .apiKey(name: "k"))
        case .bearer("key-publish"): return Identity(tenant: "tenant-a", user: "", roles: [.publish, .send], source: .apiKey(name: "k"))
        default: throw .invalid
        }
      })
    services.routes = routes
    services.limits = limits
    services.upstream = upstreams?.port
    services.outbound = outbound?.port
    if keepsValues { services.values = try ValueStore(path: workspace.path + "/values.sqlite") }
    services.upload = { $0 == "med_1" ? OutboundFile(path: "/uploads/med_1", size: 5) : nil }
    services.secret = { $0 == "secret://mine" ? Array("value".utf8) : nil }
    services.stats = { ["totalConnections": 2] }
    services.query = { question, identity, answer in
      asked()
      answer(identity.tenant == "tenant-a" ? ["asked": question, "tenant": .string(identity.tenant)] : nil)
    }
    services.reach = { conversation, tenant in
      guard tenant == "tenant-a", conversation.hasPrefix("cnv_") else { return nil }
      return ConversationReach(
        channel: "test-interest", account: "known", key: "key-" + conversation.dropFirst(4),
        lastInbound: conversation == "cnv_1" ? "wamid.1" : nil)
    }
    services.realtime = RealtimePort(
      open: { name, handler, _ in box.harness?.namespaces.withLock { $0[name] = handler } },
      close: { name in box.harness?.namespaces.withLock { $0[name] = nil } },
      emit: { name, rooms, except, packet, flags in
        let text = String(decoding: packet.arguments, as: UTF8.self)
        box.harness?.emitted.add(
          "\(packet.name) \(name) \(rooms) except=\(except.count) \(text) offset=\(packet.offset ?? "-") \(flags == .volatile ? "volatile" : "")"
        )
      },
      send: { _, packet, _ in box.harness?.emitted.add("\(packet.name) one socket") },
      join: { _, room in box.harness?.emitted.add("join \(room)") }, leave: { _, room in box.harness?.emitted.add("leave \(room)") },
      disconnect: { _, closes in box.harness?.emitted.add("disconnect \(closes)") })
    self.services = services
    host = PluginHost(
      finder: PluginFinder(folders: [workspace.path]), services: services,
      quarantine: marks ? Quarantine(folder: workspace.path + "/marks") : nil)
    box.set(self)
  }

  // Set once, before anything is called.
  private final class Weak: @unchecked Sendable {
    weak var harness: HostHarness?
    func set(_ harness: HostHarness) { self.harness = harness }
  }

  /// Builds the scripted plugin under a name and gives a spec that runs it in a mode.
  func spec(_ mode: String, as name: String? = nil, sink: Bool = false, serial: Bool = false, loopback: Bool = false) async throws
    -> AdapterSpec
  {
    let plugin = name ?? mode
    var flags: [String] = ["-pthread"]
    if sink { flags.append("-DKIND=HUB_KIND_SINK") }
    if loopback { flags.append("-DLOOPBACK") }
    if serial { flags.append("-DFLAGS=HUB_F_SERIAL") }
    _ = try await CPlugin.build("scripted", as: plugin, in: workspace, flags)
    var spec = AdapterSpec(id: "test-\(mode)", plugin: plugin, kind: sink ? .sink : .channel, config: ["mode": .string(mode)])
    spec.accounts = ["known": "tenant-a"]
    spec.onStartError = .disable
    return spec
  }

  /// The marks in the workspace.
  var marks: [String] { FolderListing.names(workspace.path + "/marks").filter { $0.hasPrefix("loading-") } }

  func state(_ id: String) -> AdapterState? { host.statuses.first { $0.id == id }?.state }

  static func event(_ sequence: UInt64, kind: String = "message.created", conversation: String = "cnv_1", body: String = "{}")
    -> StoredEvent
  {
    StoredEvent(
      sequence: sequence, tenant: "tenant-a", channel: "c", provider: "p", account: "known", kind: kind, id: "id-\(sequence)",
      providerID: "p-\(sequence)", conversation: conversation, cause: "cause", timeMs: 1, receivedMs: 2, journaledMs: 3,
      body: Array(body.utf8))
  }
}
