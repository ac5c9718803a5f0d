/// How a journal works; the defaults suit one machine with one disk.
public struct JournalOptions: Sendable {
  /// How long event bodies are kept; nil keeps them for ever. Their dedupe keys stay 8 days longer.
  public var retentionMs: Int64? = 90 * 86_400_000
  /// Events that may wait for the writer before `append` refuses.
  public var queueCapacity = 16_384
  /// Bytes of bodies that may wait for the writer before `append` refuses. An append that is larger by itself is always refused, so
  /// this must be some times what the largest request turns into.
  public var queueBytes = 64 << 20
  /// Most events of one transaction.
  public var batchSize = 1024
  /// Largest body of one event; bytes. A larger one is invalid for good, so this must not be less than what a channel may be sent.
  public var maxBody = 32 << 20
  /// Whether the two forms of a Brazilian mobile number are one contact.
  public var brazilNinthDigit = true
  /// How long a status waits for its message.
  public var heldStatusMs: Int64 = 600_000
  /// How many statuses may wait for their messages; the oldest goes first.
  public var heldStatuses = 10_000
  /// How long an echo waits for the answer to the message that it may be of. Its provider waits as long, and would ask again.
  public var echoWaitMs = 5000
  /// How often an unwritable disk is tried again.
  public var probeMs = 1000
  /// Pages of the write-ahead log after which it is copied into the database.
  public var checkpointPages = 8000
  /// Concurrent readers.
  public var readers = 4
  /// The wall clock; Unix milliseconds.
  public var now: @Sendable () -> Int64

  /// The defaults and the system's clock.
  public init(now: @escaping @Sendable () -> Int64 = SystemClock.now) { self.now = now }
}
