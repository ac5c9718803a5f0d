import HubModel

/// What is remembered of a message: enough to tell an edit from a repetition, and to route a status that does not name its conversation.
struct KnownMessage: Sendable, Hashable {
  let conversation: String
  let isInbound: Bool
  /// The fingerprint of its content.
  var content: UInt64
  var updatedMs: Int64?
  var status: MessageStatus
}
