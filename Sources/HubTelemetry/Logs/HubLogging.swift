internal import Glibc
public import Logging

/// Makes the process's loggers, all with one redactor, one output and one level.
public struct HubLogging: Sendable {
  /// Register resolved secrets here.
  public let redactor: Redactor
  /// Where the lines go.
  public let output: LogOutput
  private let level: Logger.Level
  private let format: HubLogHandler.Format

  /// Logging to an output; without a format it is JSON, or the human one when standard error is a terminal.
  public init(
    level: Logger.Level = .info, format: HubLogHandler.Format? = nil, redactor: Redactor = Redactor(),
    output: LogOutput = .standardError()
  ) {
    self.level = level
    self.format = format ?? (isatty(STDERR_FILENO) == 1 ? .human : .json)
    self.redactor = redactor
    self.output = output
  }

  /// A logger with this label; pass it on, or give `handler` to `LoggingSystem.bootstrap` for libraries that make their own.
  public func logger(_ label: String) -> Logger { Logger(label: label, factory: handler) }

  /// The handler for a label.
  @Sendable public func handler(_ label: String) -> any LogHandler {
    HubLogHandler(label: label, level: level, format: format, redactor: redactor, output: output)
  }
}
