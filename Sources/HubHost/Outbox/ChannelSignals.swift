internal import Synchronization

/// Tells whoever sends through channels how they are.
public final class ChannelSignals: Sendable {
  /// What became of a channel.
  public enum Signal: Sendable, Hashable {
    /// It runs, or runs again.
    case running(String)
    /// It says that it works again, after it had said that it does not.
    case recovered(String)
  }

  private let listener = Mutex<(@Sendable (Signal) -> Void)?>(nil)

  /// Nobody listens yet.
  public init() {}

  /// From now on it is told, on any thread. The last listener counts.
  func listen(_ listener: @escaping @Sendable (Signal) -> Void) { self.listener.withLock { $0 = listener } }

  func tell(_ signal: Signal) { listener.withLock { $0 }?(signal) }
}
