internal import CHubPlugin
internal import HubModel
internal import HubTelemetry
internal import Logging
internal import NIOCore

extension Adapter {
  /// Whether `egress` lets the adapter reach a host, for whatever connects on its behalf; a refusal is counted.
  func mayReach(_ host: String) -> Bool {
    if spec.egress.allows(host) { return true }
    services.metrics.drops.with("egress", "denied").increment()
    services.thinned.log(logger, .warning, key: "\(spec.id) egress \(host)", "host not within egress", ["host": "\(host)"])
    return false
  }

  /// Begins a request to outside. Unless it answers `ok`, nothing is sent and the token is not answered.
  func sendOutbound(_ raw: hub_http_request_1, token: UInt64) -> hub_status {
    guard let port = services.outbound else { return refused("unsupported", Status.unsupported) }
    guard let table: hub_http_client_instance_1 = instanceExtension(HUB_EXT_HTTP_CLIENT) else {
      return refused("unsupported", Status.unsupported)
    }
    guard var plan = OutboundPlan(raw, isHandle: spec.secrets.contains, secret: services.secret) else {
      return refused("invalid", Status.invalid)
    }
    guard mayReach(plan.request.url.host) else { return refused("egress", Status.denied) }
    plan.request.isGuarded = plan.isForeign && !spec.egress.names(plan.request.url.host)
    let held = plan.heldBytes
    guard let number = extensions.outbound.begin(holding: held) else {
      return extensions.outbound.isClosed ? Status.closed : refused("busy", Status.busy)
    }
    guard owed.begin(token) else {
      extensions.outbound.end(number, releasing: held)
      return Status.closed
    }
    let call = OutboundCall(adapter: self, table: table, token: token, number: number, held: held, cause: plan.cause)
    guard let parts = parts(plan.parts) else {
      call.finish(.failure(OutboundFailure(.file, wasWritten: false, "an upload is not there")), received: 0)
      return Status.ok
    }
    plan.request.parts = parts
    let answer = OutboundAnswer(
      limit: plan.maxBody, hold: { [extensions] in extensions.outbound.hold($0) }, finish: { call.finish($0, received: $1) })
    extensions.outbound.attach(number, cancel: port.send(plan.request, answer))
    return Status.ok
  }

  private func refused(_ reason: String, _ status: hub_status) -> hub_status {
    services.metrics.outboundRequests.with(spec.id, reason).increment()
    return status
  }

  /// The body with uploads as their files; nil when one is not there.
  func parts(_ parts: [OutboundPlan.Part]) -> [OutboundRequest.Part]? {
    var resolved: [OutboundRequest.Part] = []
    for part in parts {
      switch part {
      case .bytes(let bytes): resolved.append(.bytes(bytes))
      case .upload(let id, let isBase64):
        guard let file = services.upload(id) else { return nil }
        resolved.append(.file(file, isBase64: isBase64))
      }
    }
    return resolved
  }
}

/// One request of a plugin until the plugin has been told of its end.
struct OutboundCall: Sendable {
  let adapter: Adapter
  let table: hub_http_client_instance_1
  let token: UInt64
  let number: AdapterOutbound.Number
  /// Bytes of the request that are held.
  let held: Int
  let cause: String
  let begin: Duration

  init(adapter: Adapter, table: hub_http_client_instance_1, token: UInt64, number: AdapterOutbound.Number, held: Int, cause: String) {
    (self.adapter, self.table, self.token, self.number, self.held, self.cause) = (adapter, table, token, number, held, cause)
    begin = adapter.services.clock.monotonic()
  }

  func finish(_ result: Result<OutboundAnswer.Response, OutboundFailure>, received: Int) {
    let metrics = adapter.services.metrics
    let id = adapter.spec.id
    metrics.outboundSeconds.with(id).observe((adapter.services.clock.monotonic() - begin).seconds)
    switch result {
    case .success(let response): metrics.outboundRequests.with(id, "\(response.status / 100)xx").increment()
    case .failure(let failure): metrics.outboundRequests.with(id, failure.reason.rawValue).increment()
    }
    guard token != 0 else {
      adapter.extensions.outbound.end(number, releasing: held + received)
      return
    }
    // What was given up with the instance is completed with the rest of what it waits for.
    if case .failure(let failure) = result, failure.reason == .cancelled {
      adapter.extensions.outbound.end(number, releasing: held + received)
      return
    }
    adapter.extensions.completions.add { [self] in
      adapter.instance?.call("response") { [self] _, pointer in
        guard adapter.owed.end(token) else { return }
        switch result {
        case .success(let response): response.lend(cause: cause) { table.response?(pointer, token, $0) }
        case .failure(let failure):
          failure.text.lent { table.failed?(pointer, token, failure.status, failure.wasWritten ? 1 : 0, $0) }
        }
      }
      adapter.extensions.outbound.end(number, releasing: held + received)
    }
  }
}

extension OutboundFailure {
  fileprivate var status: hub_status {
    switch reason {
    case .guarded: Status.denied
    case .unresolved, .unreachable, .tls, .broken: Status.failed
    case .timeout: Status.timeout
    case .tooLarge, .file: Status.invalid
    case .cancelled: Status.closed
    }
  }
}

extension OutboundAnswer.Response {
  /// Lends it in the ABI's shape for the time of a call.
  fileprivate func lend(cause: String, _ call: (UnsafePointer<hub_http_message>) -> Void) {
    var arena = ABIArena(capacity: 1024)
    let why = arena.add(cause)
    let fields = headers.map { (arena.add($0.0), arena.add($0.1)) }
    arena.lend { lent in
      fields.map { hub_pair(name: lent($0.0), value: lent($0.1)) }.withUnsafeBufferPointer { pairs in
        body.withUnsafeReadableBytes { bytes in
          var raw = hub_http_message()
          raw.status = Int32(status)
          raw.cause = lent(why)
          (raw.headers, raw.n_headers) = (pairs.baseAddress, UInt32(pairs.count))
          raw.body = hub_str(ptr: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), len: bytes.count)
          withUnsafePointer(to: raw, call)
        }
      }
    }
  }
}

extension Duration {
  fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
