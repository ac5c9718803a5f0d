/// Why the journal refused.
public struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of refusal; more may follow.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    /// The stable word.
    public let description: String

    /// The ingest queue is full; nothing was taken. Try again at once or later.
    public static let overloaded = Code(description: "overloaded")
    /// Nothing can be stored for now: disk full, or the disk refused. Nothing was acknowledged.
    public static let unavailable = Code(description: "unavailable")
    /// The journal is closing or closed.
    public static let closed = Code(description: "closed")
    /// Another process has the file open.
    public static let alreadyOpen = Code(description: "already-open")
    /// The file was written by a newer hub.
    public static let newerVersion = Code(description: "newer-version")
    /// The writing connection does not sync every commit.
    public static let notSynchronous = Code(description: "not-synchronous")
    /// A row does not match its checksum, or is missing; `sequence` names it.
    public static let damaged = Code(description: "damaged")
    /// The cursor lies before what retention kept; `sequence` is the oldest event there is.
    public static let cursorExpired = Code(description: "cursor-expired")
    /// SQLite or the file system failed.
    public static let storage = Code(description: "storage")
  }

  /// Which kind.
  public let code: Code
  /// One sentence for an operator.
  public let message: String
  /// The event concerned, if one is.
  public let sequence: UInt64?
  /// When another attempt makes sense; seconds.
  public let retryAfterSeconds: Int?

  init(_ code: Code, _ message: String, sequence: UInt64? = nil, retryAfterSeconds: Int? = nil) {
    self.code = code
    self.message = message
    self.sequence = sequence
    self.retryAfterSeconds = retryAfterSeconds
  }

  /// Code and sentence.
  public var description: String { "\(code): \(message)" }
}
