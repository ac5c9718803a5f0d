public import HubPluginSDK
public import OrderedJSON
import Synchronization

/// WhatsApp through Meta's Cloud API: takes webhooks, checks their signature, and hands canonical events to the journal; sends through the
/// Graph API. A webhook is answered 200 only when its events are synced to disk.
public final class MetaCloudChannel: HubSendingChannel {
  /// Name, schema and needs.
  public static let descriptor = HubDescriptor(
    .channel, name: "meta-cloud", version: "0.1.0", summary: "WhatsApp through Meta's Cloud API", configSchema: ConfigSchema.text,
    needs: ["hub.http-route/1", "hub.secret/1"])

  let configuration: Configuration
  let services: HubServices
  let directory: Mutex<AccountDirectory>
  let graph: GraphClient
  let standings = Mutex(Standings())
  let reach = Mutex(Reach())
  let failures = Mutex(Failures())
  let uploads = UploadsUnderWay()
  let typingRepeats = Mutex(TypingRepeats())
  let notices = Mutex(Notices())
  let counters = Mutex<Counters?>(nil)

  /// Reads the configuration.
  public init(name: String, config: JSONValue, services: HubServices) throws {
    configuration = try Configuration(config)
    self.services = services
    graph = GraphClient(services: services, base: configuration.graphURL, token: configuration.accessToken)
    directory = Mutex(configuration.directory)
  }

  /// Claims the callback path.
  public func start() async throws {
    let defined = Counters(services: services)
    counters.withLock { $0 = defined }
    if configuration.checksSignature == false {
      services.log(.warning, "webhook signatures are not checked", ["path": .string(configuration.path)])
    }
    try services.addRoute("*", configuration.path, access: .none, route: 0)
    services.health(.ok)
  }

  func count(_ outcome: Counters.Outcome) { counters.withLock { $0 }?.count(outcome) }

  func count(typing: Counters.Typing) { counters.withLock { $0 }?.count(typing) }
}

extension MetaCloudChannel: HubHTTPHandler {
  /// GET verifies the callback URL, POST delivers.
  public func request(_ request: HubHTTPRequest, responder: HubHTTPResponder) {
    switch request.method {
    case "GET": verify(request, responder)
    case "POST": receive(request, responder)
    default:
      count(.badRequest)
      responder.respond(HubHTTPResponse(status: 405, headers: [("Allow", "GET, POST")]))
    }
  }
}
