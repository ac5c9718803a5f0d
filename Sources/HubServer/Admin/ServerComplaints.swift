internal import Logging

/// Of all that Hummingbird says about a listener, why it broke.
///
/// That it listens, the hub says itself, and when the hub ends because another part failed, that its listeners were cancelled is no news.
struct ServerComplaints: LogHandler {
  static let message: Logger.Message = "the admin listener failed"

  private let logger: Logger

  /// The logger to give to Hummingbird; what is left goes to the hub's own.
  static func logger(_ logger: Logger) -> Logger { Logger(label: logger.label) { _ in ServerComplaints(logger: logger) } }

  var logLevel: Logger.Level {
    get { .error }
    set {}
  }

  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }

  subscript(metadataKey _: String) -> Logger.MetadataValue? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    guard event.level >= .error, !Task.isCancelled else { return }
    logger.log(level: event.level, Self.message, metadata: ["reason": .string(event.message.description)])
  }
}
