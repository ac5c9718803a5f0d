public import HubPluginSDK
public import OrderedJSON
import Synchronization

/// Conversations of a ChatEngine server: one connection for each workspace, because each has a token of its own.
public final class ChatEngineChannel: HubUpstreamHandler {
  /// Name, schema and needs.
  public static let descriptor = HubDescriptor(
    .channel, name: "chatengine", version: "0.1.0", summary: "Conversations of a ChatEngine server", configSchema: ConfigSchema.text,
    needs: ["hub.upstream-socket/1", "hub.secret/1", "hub.timer/1"])

  /// The first and the longest wait after the server refused the token, which may be replaced meanwhile.
  private static let refusalWaits = (first: Duration.seconds(5), most: Duration.seconds(60))
  private static let maxValues = 200_000

  let configuration: Configuration
  let services: HubServices
  private let notices = Mutex(Notices())
  /// What there is from `start` on.
  private let running = Mutex<Running?>(nil)

  struct Running {
    let counters: Counters
    let links: [Link]
    let lanes: [EmitLane]
  }

  /// Reads the configuration.
  public init(name: String, config: JSONValue, services: HubServices) throws {
    configuration = try Configuration(config)
    self.services = services
  }

  /// Begins the connections, and does not wait for them: a server that is down is no reason not to start.
  public func start() async throws {
    let counters = Counters(services: services)
    let links = configuration.accounts.enumerated().map { index, account in
      Link(account, upstream: UInt32(index + 1), configuration, services: services, counters: counters)
    }
    let lanes = links.map { link in
      EmitLane(services: services) { [weak self] error in self?.complain(error, workspace: link.account.workspace) }
    }
    for (link, lane) in zip(links, lanes) {
      link.onLapse { [weak self] parsed in
        self?.tell(parsed, cause: "")
        lane.add(parsed.events.map { HubEvent($0, cause: "") }) { _ in }
      }
    }
    for link in links { await link.restoreContacts() }
    running.withLock { $0 = Running(counters: counters, links: links, lanes: lanes) }
    for link in links { try services.openUpstream(options(of: link), id: link.upstream) }
    if configuration.policy == .onDemand { try services.wantInterest() }
    services.health(.ok)
  }

  /// Keeps what is to be known after a restart.
  public func stop(grace: Duration) async {
    for link in running.withLock({ $0?.links ?? [] }) { await link.keepContacts() }
  }

  private func options(of link: Link) -> HubUpstreamOptions {
    var options = HubUpstreamOptions(
      url: configuration.url,
      // The hub puts the token in the handle's place before every attempt.
      namespaces: [.init(Link.namespace, auth: ["token": .string(link.account.token)], account: link.account.workspace)])
    options.path = configuration.path
    options.authority = configuration.authority
    options.joinWaits = Self.refusalWaits
    return options
  }

  // MARK: What the server says

  /// A session of a workspace begins or is over.
  public func changed(_ change: HubUpstreamChange, upstream: UInt32) {
    guard let link = link(upstream) else { return }
    switch change {
    case .joined: link.joined()
    case .refused, .left, .disconnected: link.left()
    case .connected, .lost: break
    }
  }

  /// Hands what the server says to the journal; it is done when that is synced to disk.
  public func event(_ event: HubUpstreamEvent, done: HubUpstreamDone) {
    guard let link = link(event.upstream), let lane = lane(event.upstream) else { return done() }
    let arguments: [JSONValue]
    do {
      arguments = try JSONValue(parsing: event.arguments, maxValues: Self.maxValues).array ?? []
    } catch {
      var parsed = Parsed()
      parsed.drop(.malformedEvent)
      tell(parsed, cause: event.cause)
      return done()
    }
    let parsed = link.read(event.name, arguments)
    tell(parsed, cause: event.cause)
    lane.add(parsed.events.map { HubEvent($0, cause: event.cause) }) { error in
      if let error { done.fail(error) } else { done() }
    }
  }

  // MARK: Finding and telling

  var counters: Counters? { running.withLock { $0?.counters } }

  func link(workspace: String) -> Link? { running.withLock { $0?.links.first { $0.account.workspace == workspace } } }

  private func link(_ upstream: UInt32) -> Link? {
    running.withLock { running in running.flatMap { $0.links.first { $0.upstream == upstream } } }
  }

  private func lane(_ upstream: UInt32) -> EmitLane? {
    running.withLock { running in
      running.flatMap { running in running.links.firstIndex { $0.upstream == upstream }.map { running.lanes[$0] } }
    }
  }

  /// Counts what came of an event and logs what a person should know. Nothing of the server's own texts is logged but names and errors.
  private func tell(_ parsed: Parsed, cause: String) {
    counters?.count(parsed)
    if let error = parsed.serverError, notices.withLock({ $0.reports(.serverError, nowMs: HubClock.wall()) }) {
      services.log(.warning, "the server reports a failure", ["error": .string(error), "cause": .string(cause)])
    }
    for name in notices.withLock({ $0.news(in: parsed.unfamiliar) }) {
      services.log(.warning, "an event holds a name this version does not know", ["what": .string(name.what), "name": .string(name.name)])
    }
    for reason in [DropReason.malformedEvent, .malformedItem, .foreignWorkspace, .unroutableStatus] {
      guard let count = parsed.drops[reason], notices.withLock({ $0.reports(.gap(reason), nowMs: HubClock.wall()) }) else { continue }
      services.log(
        .warning, "part of an event went nowhere",
        ["reason": .string(reason.rawValue), "count": .number(JSONNumber(Int64(count))), "cause": .string(cause)])
    }
  }

  /// Whether what may repeat gets a line now.
  func reports(_ what: Notices.Repeated) -> Bool { notices.withLock { $0.reports(what, nowMs: HubClock.wall()) } }

  private func complain(_ error: HubError, workspace: String) {
    guard notices.withLock({ $0.reports(.unavailable, nowMs: HubClock.wall()) }) else { return }
    services.log(
      .error, "events cannot be stored now, and wait", ["reason": .string(error.description), "workspace": .string(workspace)])
  }
}
