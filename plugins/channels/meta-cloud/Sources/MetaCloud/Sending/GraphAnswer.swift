import HubPluginSDK

/// What a request to the Graph API came to.
enum GraphAnswer: Hashable, Sendable {
  case answered(status: Int, retryAfter: String?, body: [UInt8])
  case failed(HubHTTPFailure)
}

/// What a request was for, which decides what an answer that got lost means.
enum GraphStage: String, Sendable {
  /// A message: the API has no idempotency key, so that a repetition may reach the customer twice.
  case message
  /// A file that goes ahead of a message: nothing was sent yet.
  case upload
  /// Marking as read: a repetition changes nothing.
  case receipt

  /// How long an answer is awaited, of all but uploads.
  static let timeout = Duration.seconds(20)
}
