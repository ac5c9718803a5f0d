/// What a request to the Graph API came to.
enum GraphAnswer: Hashable, Sendable {
  /// Why there is no answer.
  enum Failure: Hashable, Sendable {
    /// No connection, or one that broke off, or not in time.
    case network
    /// The hub itself does not let the request out.
    case forbidden
    /// The request, a file of it, or the size of the answer.
    case invalid
    /// The hub has too much under way.
    case busy
  }

  case answered(status: Int, retryAfter: String?, body: [UInt8])
  /// `written`: whether any byte of the request may have left.
  case failed(Failure, written: Bool, reason: String)
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
