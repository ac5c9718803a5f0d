import AsyncHTTPClient
import Logging
import NIOCore
import NIOPosix
import RealtimeServer

/// Carries out what the provider's machine decides.
final class FakeCore: @unchecked Sendable {  // confined to `eventLoop`, but for the constants
  /// The parts that a restart replaces.
  private struct Listening {
    let listener: HTTPListener
    let realtime: RealtimeServer?
  }

  let eventLoop: any EventLoop
  let clock: FakeClock
  let client: HTTPClient
  let ledger: FakeLedger?
  let tell: @Sendable (String) -> Void
  private let host: String
  private let group: MultiThreadedEventLoopGroup
  private let logger = Logger(label: "hub-fakes") { _ in SwiftLogNoOpLogHandler() }

  var provider: any FakeProvider
  var faults = FaultList()
  var sockets: [String: (socket: FakeSocket, id: SocketID)] = [:]
  var waiters: [Int: FakeWaiter] = [:]
  var lastWaiter = 0
  private var port: Int
  private var listening: Listening?
  private var timer: Scheduled<Void>?

  init(
    _ provider: any FakeProvider, host: String, port: Int, clock: FakeClock, ledger: FakeLedger?, group: MultiThreadedEventLoopGroup,
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.ledger = ledger
    self.provider = provider
    self.host = host
    self.port = port
    self.clock = clock
    self.group = group
    self.tell = tell
    eventLoop = group.next()
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    if let ledger { recall(ledger.facts) }
  }

  var realtime: RealtimeServer? { listening?.realtime }

  // MARK: Life

  /// Listens; gives the address.
  func listen() async throws -> ListenAddress {
    let (engine, port) = try await eventLoop.submit { (self.provider.engine, self.port) }.get()
    let address = ListenAddress.tcp(host: host, port: port)
    var options = ListenerOptions()
    options.limits.connections = 0
    options.limits.connectionsPerAddress = 0
    // What is sent too fast or too large is the client's trouble here, not the server's.
    options.webSocket.hard = 1 << 30
    options.webSocket.soft = 1 << 29
    let routing = FakeRouting(core: self)
    let listening: Listening
    if let engine {
      let realtime = RealtimeServer(options: realtimeOptions(engine), group: group, logger: logger)
      for name in engine.namespaces { try realtime.addNamespace(name, handler: FakeNamespace(core: self)) }
      listening = Listening(listener: try await realtime.listen(on: address, options: options, routing: routing), realtime: realtime)
    } else {
      let listener = try await HTTPListener.bind(address, options: options, routing: routing, group: group, logger: logger)
      listening = Listening(listener: listener, realtime: nil)
    }
    let bound = listening.listener.address
    try await eventLoop.submit {
      self.listening = listening
      if case .tcp(_, let port) = bound { self.port = port }
      self.act { $0.started(at: "http://\(bound)", now: $1) }
    }.get()
    return bound
  }

  private func realtimeOptions(_ engine: FakeEngine) -> RealtimeOptions {
    var options = RealtimeOptions()
    options.paths = [engine.path]
    options.pingInterval = .milliseconds(engine.pingInterval)
    options.pingTimeout = .milliseconds(engine.pingTimeout)
    options.connectTimeout = .milliseconds(engine.connectTimeout)
    options.sessions = 0
    options.sessionsPerAddress = 0
    options.cors = CORSPolicy(.any)
    options.allowRequest = { [weak self] request in
      self.flatMap { core in core.provider.refusal(of: FakeCall(request), from: request.remote) }
    }
    return options
  }

  /// Every connection is cut, and what a process forgets is forgotten.
  func restart() async throws {
    let listening = try await eventLoop.submit {
      defer { self.listening = nil }
      return self.listening
    }.get()
    // Time for the answer to whoever asked for it.
    await listening?.listener.shutdown(within: .milliseconds(100))
    try await eventLoop.submit { self.act { provider, _ in provider.restarted() } }.get()
    _ = try await listen()
  }

  func stop() async {
    let listening = try? await eventLoop.submit {
      self.timer?.cancel()
      for waiter in self.waiters.values { waiter.timeout.cancel() }
      self.waiters = [:]
      defer { self.listening = nil }
      return self.listening
    }.get()
    await listening?.listener.shutdown(within: .zero)
    try? await client.shutdown()
  }

  // MARK: The machine

  /// Asks the machine, and does what it says.
  func act(_ body: (inout any FakeProvider, Moment) -> [FakeEffect]) {
    perform(body(&provider, clock.now))
    settle()
  }

  /// After every change: what is due next, and who waited for it.
  func settle() {
    timer?.cancel()
    timer = nil
    if let next = provider.nextMoment, let wait = clock.wait(until: next) {
      timer = eventLoop.scheduleTask(in: .milliseconds(wait)) { [weak self] in self?.elapse() }
    }
    reconsiderWaiters()
  }

  func elapse() {
    var isOver = false
    // What is due at one moment may make something due at the same.
    while isOver == false {
      act { $0.elapse(to: $1) }
      isOver = provider.nextMoment.map { $0 > clock.now } ?? true
    }
  }
}
