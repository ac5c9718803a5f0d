internal import Glibc

/// Tells the service manager how the hub is: `Type=notify` of systemd.service(5).
///
/// Source: sd_notify(3). Without `NOTIFY_SOCKET` there is nobody to tell and every call does nothing.
public struct SystemdNotifier: Sendable {
  /// One message.
  public enum Message: Sendable, Hashable {
    /// Started: the listeners are up and every adapter has started or was let go by its `on_start_error`.
    case ready
    /// The orderly stop has begun.
    case stopping
    /// One line of state for `systemctl status`.
    case status(String)
    /// Still alive.
    case watchdog

    var line: String {
      switch self {
      case .ready: "READY=1"
      case .stopping: "STOPPING=1"
      // A line feed would begin another assignment.
      case .status(let text): "STATUS=" + String(text.map { $0.isNewline ? " " : $0 })
      case .watchdog: "WATCHDOG=1"
      }
    }
  }

  private let address: UnixAddress?
  /// How often the manager wants to hear `watchdog`, at the latest; nil when it doesn't.
  public let watchdogInterval: Duration?

  /// A notifier for what the manager put into the environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
  ///
  /// - Parameter processID: the process that is meant; nil is this one.
  public init(environment: [String: String], processID: Int32? = nil) {
    address = environment["NOTIFY_SOCKET"].flatMap(UnixAddress.init)
    let isMine = environment["WATCHDOG_PID"].map { $0 == String(processID ?? getpid()) } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
    watchdogInterval = isMine && microseconds > 0 ? .microseconds(microseconds) : nil
  }

  /// Whether a manager listens.
  public var isActive: Bool { address != nil }

  /// Sends the messages as one datagram; whether it was sent. Never waits.
  @discardableResult
  public func notify(_ messages: Message...) -> Bool {
    guard let address else { return false }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let text = Array(messages.map(\.line).joined(separator: "\n").utf8)
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    return address.withSocketAddress { sendto(descriptor, text, text.count, flags, $0, $1) } == text.count
  }
}
