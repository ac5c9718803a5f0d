/// A conversation as its channel knows it.
struct ChannelPlace: Sendable, Hashable {
  /// The adapter's id in hub.yaml.
  var channel: String
  /// The number or instance at the provider.
  var account: String
  /// The provider's key of the conversation.
  var conversation: String
}
