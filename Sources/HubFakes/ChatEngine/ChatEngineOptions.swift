/// What a fake ChatEngine server is to be.
package struct ChatEngineOptions: Sendable {
  /// The token of each workspace.
  package var tokens: [String: String]
  /// Who a token is, when it doesn't say so itself.
  package var agent = "usr_5"
  /// Milliseconds between the states of a message that was sent.
  package var statusDelay: Int64 = 200
  /// Whether a conversation's events go to the whole workspace, subscribed or not.
  package var pushesEverything = false
  /// Where ids begin; nil takes the system's random numbers.
  package var seed: UInt64?

  package init(tokens: [String: String]) { self.tokens = tokens }
}
