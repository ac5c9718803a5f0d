internal import Synchronization

/// What a host token stands for.
enum Operation: Sendable {
  case lifecycle(LifecycleMachine.Stage, limit: Duration)
  /// The place for the reason of a refused `create`.
  case refusal(ReasonBox)
  case delivery(PendingDelivery)
  case request(PendingRequest)
  case connect(PendingConnect)
  case ack(PendingAck)
  case upstream(PendingUpstreamEvent)
  case media(PendingMedia)
}

/// The reason a plugin gave while it refused its config.
final class ReasonBox: Sendable {
  private let reason = Mutex<String?>(nil)

  var value: String? { reason.withLock { $0 } }

  func set(_ text: String) { reason.withLock { $0 = text } }
}

/// One delivery that a plugin has not answered yet. A packet that names it reaches sockets of this tenant only.
struct PendingDelivery: Sendable {
  let tenant: String
  let sequence: UInt64
  let finish: @Sendable (DeliveryAnswer) -> Void
}

/// A client that waits to be let in.
struct PendingConnect: Sendable {
  let tenant: String
  let decide: @Sendable (PluginNamespace.Decision) -> Void
}

/// A client's event that wants an answer; given up, it gets none.
struct PendingAck: Sendable {
  let answer: @Sendable ([UInt8]) -> Void
}

/// An event of an upstream that the plugin has; nil: it was given up.
struct PendingUpstreamEvent: Sendable {
  let finish: @Sendable ([UInt8]?) -> Void
}

/// How a plugin answered a delivery.
public enum DeliveryAnswer: Sendable, Hashable {
  /// The plugin has it, and its words.
  case done(body: [UInt8])
  /// Status other than 0, and the plugin's words.
  case refused(status: Int32, reason: String)
  /// No answer in time.
  case timedOut
  /// The instance is not there (any more).
  case closed
}
