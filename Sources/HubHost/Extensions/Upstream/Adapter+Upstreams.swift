internal import CHubPlugin
internal import HubModel
internal import HubStore
internal import HubTelemetry
internal import Logging
internal import OrderedJSON
internal import UpstreamSocket

extension Adapter {
  private static let maximumArguments = 64 << 20

  /// Begins a connection.
  func openUpstream(id: UInt32, _ raw: hub_upstream_options_1) -> hub_status {
    guard let port = services.upstream else { return Status.unsupported }
    guard let table: hub_upstream_socket_instance_1 = instanceExtension(HUB_EXT_UPSTREAM_SOCKET) else { return Status.unsupported }
    let resolve: @Sendable (String) -> String = { [weak self] text in
      guard let self, spec.secrets.contains(text) else { return text }
      return services.secret(text).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    guard let plan = UpstreamPlan(raw, accounts: Set(spec.accounts.keys), resolve: resolve) else { return Status.invalid }
    guard mayReach(plan.options.url.host) else { return Status.denied }
    let upstream = PluginUpstream(id: id, adapter: self, table: table, plan: plan)
    guard extensions.upstreams.add(upstream) else { return Status.busy }
    upstream.begin(port, plan.options)
    return Status.ok
  }

  /// Sends an event; with a token an answer is asked for.
  func emitUpstream(
    id: UInt32, namespace: hub_str, name: hub_str, arguments: hub_str, attachments: UnsafeBufferPointer<hub_str>, token: UInt64
  ) -> hub_status {
    guard let upstream = extensions.upstreams.find(id) else { return Status.notFound }
    guard (1...1024).contains(name.len), arguments.len <= Self.maximumArguments, attachments.count <= 256,
      attachments.allSatisfy({ $0.len <= Self.maximumArguments })
    else { return Status.invalid }
    let text = arguments.len > 0 ? arguments.bytes : Array("[]".utf8)
    guard text.withUnsafeBytes({ (try? JSONScanner.elements(of: $0, maxDepth: 128)) != nil }) else { return Status.invalid }
    guard owed.begin(token) else { return Status.closed }
    let emit = UpstreamLine.Emit(
      namespace: namespace.text, name: name.text, arguments: text, attachments: attachments.map(\.bytes),
      outcome: { [self] outcome in dropped(outcome) })
    var answer: (@Sendable (UpstreamAnswer) -> Void)?
    if token != 0 { answer = { [self] outcome in answered(token, outcome) } }
    let status = upstream.emit(emit, answer: answer)
    // What the end of the instance completed meanwhile must not be refused as well.
    if status != Status.ok, token != 0, !owed.end(token) { return Status.ok }
    return status
  }

  private func answered(_ token: UInt64, _ outcome: UpstreamAnswer) {
    dropped(outcome)
    switch outcome {
    case .answered(let arguments, _): answer(token, Status.ok, arguments)
    case .timeout: answer(token, Status.timeout, Array("no answer in time".utf8))
    case .busy: answer(token, Status.busy, Array("too much waits to be sent".utf8))
    case .badArguments: answer(token, Status.invalid, Array("the arguments name an attachment that is not there".utf8))
    case .notJoined: answer(token, Status.closed, Array("the namespace is not joined".utf8))
    case .disconnected, .sent: answer(token, Status.failed, Array("the connection ended before an answer".utf8))
    }
  }

  private func dropped(_ outcome: UpstreamAnswer) {
    let reason: String? =
      switch outcome {
      case .busy: "busy"
      case .badArguments: "bad_arguments"
      case .notJoined: "not_joined"
      case .sent, .answered, .timeout, .disconnected: nil
      }
    if let reason { services.metrics.drops.with("upstream", reason).increment() }
  }

  /// Counts and logs what happens to a connection with a server, named by host and port.
  func note(_ event: UpstreamEvent, from server: String) {
    func say(_ level: Logger.Level, _ message: Logger.Message, key: String, _ fields: Logger.Metadata) {
      self.say(level, message, key: key, fields.merging(["server": .string(server)]) { $1 })
    }
    switch event {
    case .connecting, .connected, .event: break
    case .joined(let namespace, _): say(.info, "upstream namespace joined", key: namespace, ["namespace": "\(namespace)"])
    case .refused(let namespace, let message, _, let wait):
      services.metrics.upstreamRefusals.with(spec.id).increment()
      let isAbsent = message == UpstreamStanding.absence
      say(
        .warning, isAbsent ? "upstream namespace does not exist yet" : "upstream namespace refused", key: namespace,
        ["namespace": "\(namespace)", "reason": "\(message.prefix(200))", "retry_ms": "\(wait)"])
    case .left(let namespace, let wait):
      say(.warning, "upstream namespace ended by the server", key: namespace, ["namespace": "\(namespace)", "retry_ms": "\(wait)"])
    case .lost(let namespace, let bytes):
      services.metrics.drops.with("upstream", "oversize").increment()
      say(.warning, "upstream event too large", key: namespace ?? "", ["namespace": "\(namespace ?? "")", "bytes": "\(bytes)"])
    case .dropped(let drop, let namespace):
      services.metrics.drops.with("upstream", drop.rawValue).increment()
      say(.warning, "upstream traffic dropped", key: drop.rawValue, ["namespace": "\(namespace)", "reason": "\(drop.rawValue)"])
    case .disconnected(let end, let wait):
      services.metrics.upstreamEnds.with(spec.id, end.code.rawValue).increment()
      say(
        .warning, "upstream connection ended", key: end.code.rawValue,
        ["reason": "\(end.reason)", "status": "\(end.status ?? 0)", "retry_ms": "\(wait ?? 0)"])
    }
  }

  /// A server can cause these lines at will.
  private func say(_ level: Logger.Level, _ message: Logger.Message, key: String, _ fields: Logger.Metadata) {
    services.thinned.log(logger, level, key: "\(spec.id) \(message) \(key)", message, fields)
  }

  /// Puts a state of one account into the journal; `failed` is called when it didn't get there.
  func tell(_ state: UpstreamStanding.State, of account: String, failed: @escaping @Sendable () -> Void) {
    guard let tenant = spec.accounts[account] else { return }
    let now = services.clock.milliseconds()
    var members: JSONObject = ["state": .string(state.word), "event": "upstream"]
    if let reason = state.reason { members["reason"] = .string(reason) }
    let event = IncomingEvent(
      tenant: tenant, channel: spec.id, provider: spec.provider.isEmpty ? description.provider : spec.provider, account: account,
      kind: EventKind.channelState.rawValue, id: "upstream:\(ULID(milliseconds: now))", conversation: "",
      cause: Cause.make(milliseconds: now).description, timeMs: now, receivedMs: now,
      body: JSONValue.object(["state": .object(members)]).serialized())
    do throws(JournalError) {
      try services.append([event]) { [self] result in
        let isStored = (try? result.get()) != nil
        services.metrics.events.with(spec.id, isStored ? "stored" : "failed").increment()
        if !isStored { failed() }
      }
    } catch {
      services.metrics.events.with(spec.id, error.code == .overloaded ? "overloaded" : "failed").increment()
      failed()
    }
  }
}
