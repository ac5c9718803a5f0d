import Logging
import NIOCore
import NIOPosix
import NIOSSL
import SocketIO

/// The state of an `UpstreamSocket`.
final class UpstreamCore: @unchecked Sendable {  // confined to its event loop
  private struct Connection {
    let transport: UpstreamTransport
    var session: ClientSession
    var alive: Scheduled<Void>?
  }

  private enum State {
    case stopped
    /// A connect call or an opening handshake is under way; `attempt` tells a late result of an earlier one apart.
    case connecting(attempt: UInt64)
    case connected(Connection)
    case waiting(Scheduled<Void>)
  }

  private struct Waiter {
    let answer: @Sendable (UpstreamAnswer) -> Void
    let timer: Scheduled<Void>
  }

  private let options: UpstreamOptions
  private let eventLoop: any EventLoop
  private let logger: Logger
  private let tell: @Sendable (UpstreamEvent) -> Void
  private var state = State.stopped
  private var attempts: UInt64 = 0
  private var schedule: ReconnectSchedule
  private var waiters = AckTable<Waiter>()

  init(options: UpstreamOptions, eventLoop: any EventLoop, logger: Logger, tell: @escaping @Sendable (UpstreamEvent) -> Void) {
    self.options = options
    self.eventLoop = eventLoop
    self.logger = logger
    self.tell = tell
    schedule = options.schedule
  }

  // MARK: Connecting

  func start() {
    guard case .stopped = state else { return }
    connect()
  }

  func stop() {
    switch state {
    case .stopped: return
    case .connecting: state = .stopped
    case .waiting(let timer):
      timer.cancel()
      state = .stopped
    case .connected(let connection):
      state = .stopped
      for namespace in options.namespaces where connection.session.isJoined(namespace.name) {
        connection.transport.send(text: connection.session.leave(namespace.name))
      }
      connection.transport.end("stopped", code: nil)
      connection.alive?.cancel()
      giveUpWaiting()
      tell(.disconnected(reason: "stopped", retryIn: nil))
    }
  }

  private func connect() {
    attempts += 1
    let attempt = attempts
    state = .connecting(attempt: attempt)
    tell(.connecting)
    let tls: NIOSSLContext?
    do {
      tls = options.url.isSecure ? try makeTLS() : nil
    } catch {
      return failed(attempt, reason: "\(error)")
    }
    let (host, options) = (options.url.host, options)
    ClientBootstrap(group: eventLoop)
      .connectTimeout(options.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(UpstreamTLS.handler(tls, host: host)) }
          // A host with several addresses has several channels tried, each with its own handler.
          try channel.pipeline.syncOperations.addHandler(UpstreamTransport(options: options, owner: self))
        }
      }
      .connect(host: host, port: options.url.port)
      .assumeIsolated()
      .whenComplete { result in
        switch result {
        case .success(let channel): self.opened(channel, attempt: attempt)
        case .failure(let error): self.failed(attempt, reason: ConnectFailure.words(error))
        }
      }
  }

  private func makeTLS() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if case .file(let path) = options.trustRoots { configuration.trustRoots = .file(path) }
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }

  private func opened(_ channel: any Channel, attempt: UInt64) {
    guard case .connecting(attempt) = state else { return channel.close(promise: nil) }
    guard let transport = try? channel.pipeline.syncOperations.handler(type: UpstreamTransport.self), transport.begin() else {
      return failed(attempt, reason: "the connection was lost")
    }
    let session = ClientSession(maxMessage: options.maxMessage)
    state = .connected(Connection(transport: transport, session: session, alive: nil))
    expect(options.connectTimeout)
  }

  private func failed(_ attempt: UInt64, reason: String) {
    guard case .connecting(attempt) = state else { return }
    retry(reason)
  }

  private func retry(_ reason: String) {
    guard options.reconnects else {
      state = .stopped
      return tell(.disconnected(reason: reason, retryIn: nil))
    }
    let wait = schedule.next(random: .random(in: 0..<1))
    logger.debug("upstream connection ended", metadata: ["reason": "\(reason)", "retry_ms": "\(wait)"])
    state = .waiting(
      eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(wait)) {
        if case .waiting = self.state { self.connect() }
      })
    tell(.disconnected(reason: reason, retryIn: wait))
  }

  /// Ends the connection unless something is heard of it in time.
  private func expect(_ time: TimeAmount) {
    guard case .connected(var connection) = state else { return }
    connection.alive?.cancel()
    let transport = connection.transport
    connection.alive = eventLoop.assumeIsolated().scheduleTask(in: time) { transport.end("the server fell silent") }
    state = .connected(connection)
  }

  // MARK: Sending

  func join(_ namespace: String) {
    guard case .connected(let connection) = state, connection.session.isJoined(namespace) == false,
      let wanted = options.namespaces.first(where: { $0.name == namespace })
    else { return }
    connection.transport.send(text: connection.session.join(namespace, auth: wanted.auth()))
  }

  func emit(_ name: String, arguments: [UInt8], namespace: String, answer: (@Sendable (UpstreamAnswer) -> Void)?) {
    guard case .connected(var connection) = state, connection.session.isJoined(namespace) else {
      answer?(.notJoined)
      return
    }
    let id = answer == nil ? nil : connection.session.nextID()
    guard let packet = connection.session.event(name, arguments: arguments, namespace: namespace, id: id) else {
      answer?(.badArguments)
      return
    }
    state = .connected(connection)
    if let id, let answer {
      let timer = eventLoop.assumeIsolated().scheduleTask(in: options.ackTimeout) {
        if let late = self.waiters.take(id) { late.answer(.timeout) }
      }
      waiters.wait(for: id, Waiter(answer: answer, timer: timer))
    }
    connection.transport.send(text: packet)
  }

  func acknowledge(_ id: UInt64, arguments: [UInt8], namespace: String) {
    guard case .connected(let connection) = state,
      let packet = connection.session.answer(id, arguments: arguments, namespace: namespace)
    else { return }
    connection.transport.send(text: packet)
  }

  private func giveUpWaiting() {
    for waiter in waiters.removeAll() {
      waiter.timer.cancel()
      waiter.answer(.disconnected)
    }
  }

  // MARK: Receiving

  private func perform(_ outputs: [ClientSession.Output], on transport: UpstreamTransport) {
    for output in outputs {
      switch output {
      case .send(let text): transport.send(text: text)
      case .tell(let event): report(event)
      case .answer(let id, let arguments, let attachments):
        guard let waiter = waiters.take(id) else { continue }
        waiter.timer.cancel()
        waiter.answer(.answered(arguments, attachments: attachments))
      case .expect(let milliseconds): expect(.milliseconds(milliseconds))
      case .end(let reason): return transport.end(reason)
      }
    }
  }

  private func report(_ event: UpstreamEvent) {
    tell(event)
    switch event {
    case .connected: for namespace in options.namespaces { join(namespace.name) }
    case .joined: schedule.reset()
    default: break
    }
  }

  private func isCurrent(_ transport: UpstreamTransport) -> Bool {
    if case .connected(let connection) = state { connection.transport === transport } else { false }
  }
}

extension UpstreamCore: UpstreamTransportOwner {
  func received(text: [UInt8], from transport: UpstreamTransport) {
    guard isCurrent(transport), case .connected(var connection) = state else { return }
    let outputs = connection.session.receive(text: text)
    state = .connected(connection)
    perform(outputs, on: transport)
  }

  func received(binary: [UInt8], from transport: UpstreamTransport) {
    guard isCurrent(transport), case .connected(var connection) = state else { return }
    let outputs = connection.session.receive(binary: binary)
    state = .connected(connection)
    perform(outputs, on: transport)
  }

  func ended(_ transport: UpstreamTransport, reason: String) {
    guard isCurrent(transport), case .connected(let connection) = state else { return }
    connection.alive?.cancel()
    giveUpWaiting()
    retry(reason)
  }
}
