internal import CHubPlugin
internal import HubModel
internal import HubTelemetry
internal import NIOCore
internal import Synchronization

extension Adapter {
  private static let maximumContent = 64 << 20

  /// Asks the channel for a medium; `answer` is called once.
  func openMedia(account: String, media: [UInt8], answer: @escaping @Sendable (MediaSource) -> Void) {
    guard spec.accounts[account] != nil, let table: hub_media_instance_1 = instanceExtension(HUB_EXT_MEDIA) else {
      return answer(.missing(.unavailable))
    }
    let token = expect(.media(PendingMedia(finish: answer)), within: spec.deadlines.request)
    let isTaken = instance?.call("open") { _, pointer in
      account.lent { account in media.lent { table.open?(pointer, account, $0, token) } }
    }
    if isTaken != true, operations.withLock({ $0.giveUp(token) != nil }) { answer(.missing(.unavailable)) }
  }

  /// The channel says which request gives the medium.
  func fetchMedia(_ token: UInt64, _ raw: hub_http_request_1?, size: Int64, sha256: hub_str) {
    guard let pending = takeMedia(token) else { return }
    guard let raw, let facts = MediaFacts(size: size, sha256: sha256.text),
      var plan = OutboundPlan(raw, isHandle: spec.secrets.contains, secret: services.secret), let parts = parts(plan.parts)
    else {
      services.metrics.outboundRequests.with(spec.id, "invalid").increment()
      return pending.finish(.missing(.failed))
    }
    guard mayReach(plan.request.url.host) else {
      services.metrics.outboundRequests.with(spec.id, "egress").increment()
      return pending.finish(.missing(.failed))
    }
    plan.request.isGuarded = plan.isForeign && !spec.egress.names(plan.request.url.host)
    plan.request.parts = parts
    pending.finish(.request(plan.request, facts))
  }

  /// The channel has the medium at hand.
  func giveMedia(_ token: UInt64, mimeType: hub_str, bytes: hub_str) {
    guard let pending = takeMedia(token) else { return }
    guard bytes.len <= Self.maximumContent, bytes.ptr != nil || bytes.len == 0, mimeType.len <= 256 else {
      return pending.finish(.missing(.failed))
    }
    pending.finish(.content(mimeType: mimeType.text, ByteBuffer(bytes: bytes.bytes)))
  }

  private func takeMedia(_ token: UInt64) -> PendingMedia? {
    let operation = operations.withLock { table in
      table.take(token) { if case .media = $0 { true } else { false } }
    }
    if case .media(let pending)? = operation { return pending }
    countStray(token)
    return nil
  }
}

extension PluginHost {
  /// Asks a channel for a medium of one of its accounts: the canonical media object of a message, with `message`, `conversation` and
  /// `fromMe`. `answer` is called once, from any thread.
  public func openMedia(
    channel: String, account: String, media: [UInt8], answer: @escaping @Sendable (MediaSource) -> Void
  ) {
    guard let adapter = adapter(channel) else { return answer(.missing(.unavailable)) }
    adapter.openMedia(account: account, media: media, answer: answer)
  }
}

extension HostTables {
  static let media = Table(
    hub_media_1(
      fetch: { host, token, request, size, sha256 in
        HostHandle.adapter(host)?.fetchMedia(token, request?.pointee, size: size, sha256: sha256)
      },
      content: { host, token, mimeType, bytes in HostHandle.adapter(host)?.giveMedia(token, mimeType: mimeType, bytes: bytes) }))
}
