/// One finding about a configuration: what, where, how bad. Collected, never thrown one by one.
public struct Diagnostic: Sendable, Hashable {
  /// How bad it is.
  public enum Severity: String, Sendable, Hashable {
    /// The hub does not start with it.
    case error
    /// Worth a look; the hub starts.
    case warning
  }

  /// Where it is.
  public struct Place: Sendable, Hashable {
    /// The file as the user named it.
    public let file: String
    /// Line from 1.
    public let line: Int
    /// Column from 1, in characters.
    public let column: Int
    /// How many characters the caret line underlines; at least 1.
    public let length: Int

    /// A place in a file.
    public init(file: String, line: Int, column: Int, length: Int = 1) {
      self.file = file
      self.line = line
      self.column = column
      self.length = max(1, length)
    }
  }

  /// How bad it is.
  public let severity: Severity
  /// The stable kind, as in `error[unknown-key]`.
  public let code: String
  /// One sentence: what is wrong.
  public let message: String
  /// Where; nil for a finding about the whole.
  public let place: Place?
  /// The source line at `place`, for the caret.
  public let sourceLine: String?
  /// What to do: the nearest known name, a command.
  public let hint: String?

  /// A finding.
  public init(
    _ severity: Severity, code: String, _ message: String, place: Place? = nil, sourceLine: String? = nil, hint: String? = nil
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.place = place
    self.sourceLine = sourceLine
    self.hint = hint
  }
}
