internal import CHubPlugin
internal import Logging
internal import OrderedJSON

extension Adapter {
  /// The quietest of the plugin's levels whose lines are written.
  var leastLevel: Int32 {
    switch logger.logLevel {
    case .trace, .debug: Int32(HUB_LOG_DEBUG)
    case .info: Int32(HUB_LOG_INFO)
    case .notice, .warning: Int32(HUB_LOG_WARN)
    case .error, .critical: Int32(HUB_LOG_ERROR)
    }
  }

  /// A line of the plugin: its message, and the members of its fields as metadata.
  func log(level: Int32, message: hub_str, fields: hub_str) {
    let logLevel: Logger.Level =
      switch Int(level) {
      case ...HUB_LOG_DEBUG: .debug
      case HUB_LOG_INFO: .info
      case HUB_LOG_WARN: .warning
      default: .error
      }
    guard logger.logLevel <= logLevel, message.len <= 1 << 20, fields.len <= 1 << 20 else { return }
    guard let suppressed = extensions.admitLine(now: services.clock.monotonic()) else { return }
    var metadata: Logger.Metadata = [:]
    if fields.len > 0, let members = (try? JSONValue(parsing: fields.bytes))?.object {
      for member in members.members.prefix(32) {
        metadata[String(member.key.prefix(64))] = .string(String((member.value.string ?? member.value.description).prefix(4096)))
      }
    }
    if suppressed > 0 { metadata["suppressed"] = .stringConvertible(suppressed) }
    logger.log(level: logLevel, Logger.Message(stringLiteral: String(message.text.prefix(4096))), metadata: metadata)
  }
}
