internal import CHubPlugin
internal import UpstreamSocket

/// An event of an upstream on its way to the plugin.
struct LentUpstreamEvent: Sendable {
  var namespace, name: String
  var arguments: [UInt8]
  var attachments: [[UInt8]]
  var wantsAnswer: Bool
  var cause: String

  func lend(_ body: (UnsafePointer<hub_upstream_event_1>) -> Void) {
    var arena = ABIArena(capacity: attachments.reduce(arguments.count + 256) { $0 + $1.count })
    let texts = [arena.add(namespace), arena.add(name), arena.add(cause)]
    let content = arena.add(arguments)
    let places = attachments.map { arena.add($0) }
    arena.lend { lent in
      places.map(lent).withUnsafeBufferPointer { attachments in
        let raw = hub_upstream_event_1(
          ns: lent(texts[0]), name: lent(texts[1]), args_json: lent(content), attachments: attachments.baseAddress,
          n_attachments: UInt32(attachments.count), wants_answer: wantsAnswer ? 1 : 0, cause: lent(texts[2]))
        withUnsafePointer(to: raw, body)
      }
    }
  }
}

/// A change of an upstream on its way to the plugin.
struct LentUpstreamChange: Sendable {
  private var what: Int
  private var namespace = ""
  private var reason = ""
  private var text = ""
  private var data: [UInt8] = []
  private var status = 0
  private var bytes: UInt64 = 0
  private var retry: Int64 = 0

  /// Nil when the plugin isn't told.
  init?(_ event: UpstreamEvent) {
    switch event {
    case .connecting, .event, .dropped: return nil
    case .connected: what = HUB_UPSTREAM_CONNECTED
    case .joined(let namespace, _): (what, self.namespace) = (HUB_UPSTREAM_JOINED, namespace)
    case .refused(let namespace, let message, let data, let wait):
      (what, self.namespace, text, self.data, retry) = (HUB_UPSTREAM_REFUSED, namespace, message, data ?? [], wait)
    case .left(let namespace, let wait): (what, self.namespace, retry) = (HUB_UPSTREAM_LEFT, namespace, wait)
    case .lost(let namespace, let bytes): (what, self.namespace, self.bytes) = (HUB_UPSTREAM_LOST, namespace ?? "", bytes)
    case .disconnected(let end, let wait):
      (what, reason, text, status, retry) = (HUB_UPSTREAM_DISCONNECTED, end.code.rawValue, end.reason, end.status ?? 0, wait ?? 0)
    }
  }

  func lend(_ body: (UnsafePointer<hub_upstream_change_1>) -> Void) {
    var arena = ABIArena(capacity: data.count + 256)
    let ranges = [arena.add(namespace), arena.add(reason), arena.add(text), arena.add(data)]
    arena.lend { lent in
      let raw = hub_upstream_change_1(
        what: Int32(what), http_status: Int32(clamping: status), ns: lent(ranges[0]), reason: lent(ranges[1]), text: lent(ranges[2]),
        data_json: lent(ranges[3]), bytes: bytes, retry_ms: retry)
      withUnsafePointer(to: raw, body)
    }
  }
}
