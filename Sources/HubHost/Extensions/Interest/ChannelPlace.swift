/// A conversation as its channel knows it.
public struct ChannelPlace: Sendable, Hashable {
  /// The adapter's id in hub.yaml.
  public var channel: String
  /// The number or instance at the provider.
  public var account: String
  /// The provider's key of the conversation.
  public var conversation: String

  /// A place.
  public init(channel: String, account: String, conversation: String) {
    (self.channel, self.account, self.conversation) = (channel, account, conversation)
  }
}
