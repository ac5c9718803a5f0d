public import Logging

/// The hub's log handler: one line per event, the message constant, the data in metadata, no secrets.
///
/// The correlation id is the metadata member `cause`.
public struct HubLogHandler: LogHandler {
  /// How lines are spelled.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// One JSON object per line.
    case json
    /// For a person at a terminal.
    case human
  }

  /// The least severe level that is written.
  public var logLevel: Logger.Level
  /// Members of every line of this logger.
  public var metadata: Logger.Metadata = [:]
  /// Members that are asked for at each line.
  public var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let format: Format
  private let redactor: Redactor
  private let output: LogOutput

  /// A handler; `label` is the member `logger`.
  public init(
    label: String, level: Logger.Level = .info, format: Format = .json, redactor: Redactor, output: LogOutput,
    metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = label
    self.logLevel = level
    self.format = format
    self.redactor = redactor
    self.output = output
    self.metadataProvider = metadataProvider
  }

  /// A member of every line of this logger.
  public subscript(metadataKey key: String) -> Logger.MetadataValue? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one event. The event's own metadata win over the provider's, those over the logger's.
  public func log(event: LogEvent) {
    let given = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    let line = LogLine(
      milliseconds: output.now(), level: event.level, label: label, message: event.message.description, metadata: given,
      error: event.error, redactor: redactor)
    output.write(format == .json ? line.json : line.human, event.level)
  }
}
