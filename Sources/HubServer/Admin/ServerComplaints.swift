internal import Logging

/// Of all that Hummingbird says about a listener, why it broke.
///
/// That it listens, the hub says itself. That a listener which is being shut down was closed already is no news, nor, when the hub ends
/// because another part failed, that it was cancelled.
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
    let reason = event.message.description
    guard event.level >= .error, !Task.isCancelled, !reason.hasPrefix("Server shutdown error") else { return }
    logger.log(level: event.level, Self.message, metadata: ["reason": .string(reason)])
  }
}
