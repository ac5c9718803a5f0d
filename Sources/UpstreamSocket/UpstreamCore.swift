import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Does what an `UpstreamMachine` decides: connects, writes, sets one timer, tells.
final class UpstreamCore: @unchecked Sendable {  // confined to its event loop
  private struct Line {
    let number: UInt64
    /// Nil until there is a channel.
    var transport: UpstreamTransport?
  }

  private let options: UpstreamOptions
  private let eventLoop: any EventLoop
  private let logger: Logger
  private let tell: @Sendable (UpstreamEvent) -> Void
  private var machine: UpstreamMachine
  private var line: Line?
  private var timer: (due: Int64, task: Scheduled<Void>)?
  private var lastID: UInt64 = 0
  private var waiters: [UInt64: @Sendable (UpstreamAnswer) -> Void] = [:]
  private var work: [UpstreamMachine.Action] = []
  private var isWorking = false

  init(options: UpstreamOptions, eventLoop: any EventLoop, logger: Logger, tell: @escaping @Sendable (UpstreamEvent) -> Void) {
    self.options = options
    self.eventLoop = eventLoop
    self.logger = logger
    self.tell = tell
    machine = UpstreamMachine(
      UpstreamMachine.Settings(
        namespaces: options.namespaces.map(\.name), schedule: options.schedule, refusedSchedule: options.refusedSchedule,
        joinSchedule: options.joinSchedule, reconnects: options.reconnects, connectTimeout: options.connectTimeout,
        ackTimeout: options.ackTimeout,
        maxMessage: options.maxMessage))
  }

  func start() { perform(machine.start(now: now)) }

  func stop() { perform(machine.stop()) }

  func hold(_ isHeld: Bool) { perform(machine.hold(isHeld, now: now)) }

  func emit(_ emit: UpstreamEmit, answer: @escaping @Sendable (UpstreamAnswer) -> Void) {
    guard hasRoom(for: emit.arguments, emit.attachments) else { return answer(.busy) }
    lastID += 1
    waiters[lastID] = answer
    perform(machine.emit(emit, id: lastID, now: now))
  }

  func acknowledge(_ ack: UpstreamAck, arguments: [UInt8], attachments: [[UInt8]]) {
    guard hasRoom(for: arguments, attachments) else { return perform([.tell(.dropped(.busy, namespace: ack.namespace))]) }
    perform(machine.acknowledge(ack, arguments: arguments, attachments: attachments))
  }

  private func hasRoom(for arguments: [UInt8], _ attachments: [[UInt8]]) -> Bool {
    let size = attachments.reduce(arguments.count) { $0 + $1.count }
    guard let unsent = line?.transport?.unsent, unsent > 0 else { return true }
    return unsent + size <= options.maxUnsent
  }

  private var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }

  private var random: Double { .random(in: 0..<1) }

  // MARK: Doing

  /// What is told may lead to more that is to be done: it waits for its turn, so that everything happens in the order it was decided.
  private func perform(_ actions: [UpstreamMachine.Action]) {
    work += actions
    guard !isWorking else { return }
    isWorking = true
    while !work.isEmpty {
      let batch = work
      work = []
      for action in batch { perform(action) }
    }
    isWorking = false
    setTimer()
  }

  private func perform(_ action: UpstreamMachine.Action) {
    switch action {
    case .dial(let number): dial(number)
    case .hangUp(let number):
      guard line?.number == number else { return }
      line?.transport?.end()
      line = nil
    case .join(let name):
      guard let namespace = options.namespaces.first(where: { $0.name == name }) else { return }
      line?.transport?.send(text: UpstreamMachine.connect(name, auth: namespace.auth()), attachments: [])
    case .send(let text, let attachments): line?.transport?.send(text: text, attachments: attachments)
    case .read(let reads): line?.transport?.read(reads)
    case .tell(let event):
      if case .disconnected(let end, let wait) = event {
        logger.debug("upstream connection ended", metadata: ["reason": "\(end.reason)", "retry_ms": "\(wait ?? -1)"])
      }
      tell(event)
    case .answer(let id, let answer): waiters.removeValue(forKey: id)?(answer)
    }
  }

  private func setTimer() {
    let due = machine.deadline
    guard timer?.due != due else { return }
    timer?.task.cancel()
    timer = due.map { due in
      let task = eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(UInt64(due) * 1_000_000)) {
        self.timer = nil
        self.perform(self.machine.wake(now: self.now, random: self.random))
      }
      return (due, task)
    }
  }

  // MARK: Connecting

  private func dial(_ number: UInt64) {
    line = Line(number: number)
    guard options.url.isSecure else { return connect(number, tls: nil) }
    // Certificates are read from files, which an event loop must not wait for.
    NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { [options] in try UpstreamTLS.context(options.trustRoots) }
      .assumeIsolated()
      .whenComplete { result in
        guard self.line?.number == number else { return }
        switch result {
        case .success(let tls): self.connect(number, tls: tls)
        case .failure(let error): self.failed(number, UpstreamEnd(.tls, ConnectFailure.words(error)))
        }
      }
  }

  private func connect(_ number: UInt64, tls: NIOSSLContext?) {
    let (host, options) = (options.url.host, options)
    ClientBootstrap(group: eventLoop)
      .connectTimeout(.milliseconds(options.connectTimeout))
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
        case .success(let channel): self.opened(channel, number)
        case .failure(let error): self.failed(number, UpstreamEnd(.unreachable, ConnectFailure.words(error)))
        }
      }
  }

  /// One that was given up meanwhile has sent nothing yet, and doesn't.
  private func opened(_ channel: any Channel, _ number: UInt64) {
    guard line?.number == number else { return channel.close(promise: nil) }
    guard let transport = try? channel.pipeline.syncOperations.handler(type: UpstreamTransport.self) else {
      return failed(number, UpstreamEnd(.lost, "the connection was lost"))
    }
    let credentials = options.credentials()
    machine.shows(credentials.fingerprint)
    if let end = transport.begin(showing: credentials) {
      transport.end()
      return failed(number, end)
    }
    line?.transport = transport
  }

  private func failed(_ number: UInt64, _ end: UpstreamEnd) {
    guard line?.number == number else { return }
    line = nil
    perform(machine.ended(number, end, now: now, random: random))
  }

  /// Its number, while it is the connection of the moment.
  private func number(of transport: UpstreamTransport) -> UInt64? { line?.transport === transport ? line?.number : nil }
}

extension UpstreamCore: UpstreamTransportOwner {
  func heard(from transport: UpstreamTransport) {
    if let number = number(of: transport) { machine.heard(number, now: now) }
  }

  func received(text: [UInt8], from transport: UpstreamTransport) {
    guard let number = number(of: transport) else { return }
    perform(machine.received(text: text, number, now: now, random: random))
  }

  func received(binary: [UInt8], from transport: UpstreamTransport) {
    guard let number = number(of: transport) else { return }
    perform(machine.received(binary: binary, number, now: now, random: random))
  }

  func skipped(isText: Bool, head: [UInt8], bytes: UInt64, from transport: UpstreamTransport) {
    guard let number = number(of: transport) else { return }
    perform(machine.skipped(isText: isText, head: head, bytes: bytes, number, now: now, random: random))
  }

  func ended(_ transport: UpstreamTransport, _ end: UpstreamEnd) {
    if let number = number(of: transport) { failed(number, end) }
  }
}
