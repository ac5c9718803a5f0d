public import OrderedJSON

/// One adapter of the hub: a channel that talks to a provider, or a sink that talks to consumers.
///
/// The hub calls init → validate → start → stop, one after the other. `deliver` and the calls of the handler protocols come in between, from
/// any thread and beside each other. None of the calls that are not `async` may block; deliveries begin in journal order, so a sink
/// that publishes inside `deliver` keeps that order.
public protocol HubAdapter: AnyObject, Sendable {
  /// Name, kind and configuration schema.
  static var descriptor: HubDescriptor { get }

  /// Parses and checks the configuration, and opens nothing. What it throws is shown to the operator.
  ///
  /// - Parameters:
  ///   - name: the adapter's id in hub.yaml.
  ///   - config: its `config`, already checked against the schema, defaults filled in. Secrets are handles for `HubServices.secret`.
  init(name: String, config: JSONValue, services: HubServices) throws

  /// The kinds of events a sink wants delivered, asked once after init; nil: every kind. Of the others it sees nothing, now or later.
  var kinds: Set<String>? { get }

  /// Looks whether what it needs is there. Nothing is opened yet.
  func validate() async throws

  /// Claims routes and namespaces, opens connections. The hub waits for it up to a deadline.
  func start() async throws

  /// Ends what is under way, within the grace given.
  func stop(grace: Duration) async

  /// A channel sends the event out; a sink publishes it. `done` is called once, now or later.
  func deliver(_ event: HubEvent, done: HubDelivery)
}

extension HubAdapter {
  /// Every kind.
  public var kinds: Set<String>? { nil }

  /// Nothing to look at.
  public func validate() async throws {}

  /// Nothing to end.
  public func stop(grace: Duration) async {}
}

/// A channel that only receives: what is delivered to it is refused as unsupported.
public protocol HubReceiveOnlyChannel: HubAdapter {}

extension HubReceiveOnlyChannel {
  /// Refuses: this channel does not send.
  public func deliver(_ event: HubEvent, done: HubDelivery) {
    done.fail(HubError(.unsupported, "this channel does not send"))
  }
}

/// What the hub shows of a plugin without running it further: the spec from which lint, docs and schema derive.
public struct HubDescriptor: Sendable {
  /// What an adapter is.
  public enum Kind: UInt32, Sendable {
    case channel = 1
    case sink = 2
  }

  package let kind: Kind
  let name: String
  let version: String
  let summary: String
  let configSchema: String
  let needs: [String]
  let serial: Bool

  /// Describes an adapter.
  ///
  /// - Parameters:
  ///   - name: as in `plugin:` of hub.yaml and in the file name `lib<name>.so`.
  ///   - configSchema: JSON Schema of the `config` object; members may carry `"x-hub-claim": "http-path"`,
  ///     `"http-tree"` (the path and all below it) or `"namespace"`; one within `then` or `else` counts in that case only.
  ///   - needs: ids of the host extensions it cannot do without.
  ///   - serial: whether the hub makes one call at a time.
  public init(
    _ kind: Kind, name: String, version: String, summary: String, configSchema: String, needs: [String] = [], serial: Bool = false
  ) {
    self.kind = kind
    self.name = name
    self.version = version
    self.summary = summary
    self.configSchema = configSchema
    self.needs = needs
    self.serial = serial
  }
}
