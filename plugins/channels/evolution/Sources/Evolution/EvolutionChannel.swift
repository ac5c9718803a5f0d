public import HubPluginSDK
public import OrderedJSON
import Synchronization

/// WhatsApp through Evolution API v2: takes events by webhook or by the server's socket and hands canonical ones to the journal. A delivery
/// is answered 200 only when its events are synced to disk.
public final class EvolutionChannel: Sendable {
  /// Name, schema and needs.
  public static let descriptor = HubDescriptor(
    .channel, name: "evolution", version: "0.1.0", summary: "WhatsApp through Evolution API v2", configSchema: ConfigSchema.text,
    needs: ["hub.http-route/1", "hub.secret/1"])

  let configuration: Configuration
  let services: HubServices
  let notices = Mutex(Notices())
  let states = Mutex(ConnectionStates())
  let attendance = Mutex(Attendance())
  let pacer: Mutex<Pacer>
  let tasks = BackgroundTasks()
  let passing = Mutex(RecentPassing())
  let typists = Mutex(TypingLapses())
  let live = Mutex(LiveQueue<SocketArrival>())
  let intake = Mutex(IntakeQueue<SocketArrival>())
  let global = Mutex(GlobalSilence())
  let counters = Mutex<Counters?>(nil)

  /// Reads the configuration.
  public init(name: String, config: JSONValue, services: HubServices) throws {
    configuration = try Configuration(config)
    self.services = services
    pacer = Mutex(Pacer(perSecond: configuration.pace))
  }

  /// Claims the webhook's path and what is below it, and connects to the server.
  public func start() async throws {
    let startedMs = HubClock.wall()
    let defined = Counters(services: services)
    counters.withLock { $0 = defined }
    try openWebhook()
    tellSettings()
    if let server = configuration.server {
      await restoreAttendance()
      if configuration.mode == .webhook {
        configuration.instances.sorted().forEach(arrive)
      } else {
        // The event with which the server makes an instance's namespace is over before anybody can join it.
        attendance.withLock { attendance in configuration.instances.forEach { attendance.expect($0, nowMs: startedMs) } }
        try openSocket(to: server)
      }
      attend()
    }
    services.health(.ok)
  }

  /// Keeps what is complete, and ends what goes on.
  public func stop(grace: Duration) async {
    tasks.cancel()
    await keepAttendanceForGood()
  }

  private func tellSettings() {
    let server = configuration.server
    let hasKey = server?.key != nil || server?.tokens.isEmpty == false
    var fields: JSONObject = ["mode": .string(configuration.mode.rawValue)]
    fields.add("server", text: server.map { $0.origin + $0.prefix })
    fields.add("authenticated", .bool(hasKey))
    fields.add("webhook", text: configuration.takesWebhooks ? configuration.path : nil)
    fields.add("instances", .number(JSONNumber(Int64(configuration.instances.count))))
    services.log(.info, "settings found", fields)
  }

  private func openWebhook() throws {
    guard configuration.takesWebhooks else { return }
    if configuration.checksCredentials == false {
      services.log(.warning, "webhooks are taken from anybody", ["path": .string(configuration.path)])
    }
    try services.addRoute("*", configuration.path, access: .none, route: 0)
    try services.addRoute("*", configuration.path + "/*", access: .none, route: 0)
  }

  func count(_ outcome: Counters.Outcome) { counters.withLock { $0 }?.count(outcome) }
}

extension EvolutionChannel: HubHTTPHandler {
  /// Deliveries, whichever event the path names.
  public func request(_ request: HubHTTPRequest, responder: HubHTTPResponder) {
    guard configuration.covers(path: request.target.prefix { $0 != "?" }) else {
      count(.badRequest)
      return responder.respond(HubHTTPResponse(status: 404))
    }
    guard request.method == "POST" else {
      count(.badRequest)
      return responder.respond(HubHTTPResponse(status: 405, headers: [("Allow", "POST")]))
    }
    receive(request, responder)
  }
}
