import Glibc
import HubServer
import HubTesting
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// A service manager's notification socket.
private final class NotifySocket: Sendable {
  let name: String
  private let descriptor: Int32

  /// An abstract socket, or one at a path.
  init(_ name: String) {
    self.name = name
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(name.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = bind(descriptor, $0, length) }
    }
  }

  deinit { close(descriptor) }

  func receive() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }
}

@Suite("systemd")
struct SystemdTests {
  private static func unique(_ prefix: String) -> String { "\(prefix)hub-notify-\(getpid())-\(UInt32.random(in: 0 ... .max))" }

  @Test("messages arrive as one datagram, on abstract sockets and on paths", arguments: ["@", "/tmp/"])
  func delivery(prefix: String) {
    let manager = NotifySocket(Self.unique(prefix))
    defer { unlink(manager.name) }
    let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.name])
    #expect(notifier.isActive && notifier.notify(.ready, .status("2 adapters run")))
    #expect(manager.receive() == "READY=1\nSTATUS=2 adapters run")
    #expect(notifier.notify(.stopping) && manager.receive() == "STOPPING=1")
  }

  @Test("a status text can't smuggle in another assignment")
  func injection() {
    let manager = NotifySocket(Self.unique("@"))
    SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.name]).notify(.status("a\nMAINPID=1\r\nb"))
    #expect(manager.receive() == "STATUS=a MAINPID=1 b")
  }

  @Test("without a manager, or with a bad or dead socket, nothing happens")
  func absent() {
    #expect(!SystemdNotifier(environment: [:]).notify(.ready))
    for bad in ["", "@", "relative", "/" + String(repeating: "x", count: 200), Self.unique("@")] {
      #expect(!SystemdNotifier(environment: ["NOTIFY_SOCKET": bad]).notify(.ready), "\(bad)")
    }
  }

  @Test("the watchdog's interval is taken only when it is meant for this process")
  func interval() {
    let interval = { SystemdNotifier(environment: $0, processID: 42).watchdogInterval }
    #expect(interval(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]) == .seconds(30))
    #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "41"]) == nil)
    for bad in ["0", "-1", "x", ""] { #expect(interval(["WATCHDOG_USEC": bad]) == nil) }
  }

  @Test("the watchdog is fed while the hub answers, and not when it doesn't; shutdown ends it")
  func watchdog() async throws {
    let manager = NotifySocket(Self.unique("@"))
    let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "2000"])
    let (asks, asked) = AsyncStream.makeStream(of: Void.self)
    let count = Atomic<Int>(0)
    // Two questions are answered, the third is the last that is.
    let service = WatchdogService(notifier: notifier) {
      asked.yield()
      return count.wrappingAdd(1, ordering: .relaxed).newValue <= 2
    }
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let group = ServiceGroup(services: [service], logger: logger)
    async let run: Void = group.run()
    var seen = 0
    for await _ in asks {
      seen += 1
      if seen == 5 { break }
    }
    await group.triggerGracefulShutdown()
    try await run
    notifier.notify(.stopping)
    let received = try await onOwnThread { (0..<3).map { _ in manager.receive() } }
    #expect(received == ["WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"])
  }

  @Test("inherited sockets are numbered from 3 and named; those of another process are ignored")
  func activation() {
    let mine = ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:admin"]
    let sockets = ActivatedSocket.inherited(environment: mine, processID: 42)
    #expect(sockets.map(\.descriptor) == [3, 4] && sockets.map(\.name) == ["http", "admin"])
    #expect(ActivatedSocket.inherited(environment: mine, processID: 43).isEmpty)
    #expect(ActivatedSocket.inherited(environment: ["LISTEN_PID": "42", "LISTEN_FDS": "1"], processID: 42).map(\.name) == ["unknown"])
    for bad in ["0", "-1", "x", "2147483647"] {
      #expect(ActivatedSocket.inherited(environment: ["LISTEN_PID": "42", "LISTEN_FDS": bad], processID: 42).isEmpty)
    }
  }
}
