import Glibc
import NIOCore

/// A connection that the listener can end.
protocol ListenedConnection: AnyObject {
  /// Ends when what is in flight has been answered.
  func drain()
  /// Ends now.
  func terminate()
}

/// What the connections of one listener on one event loop share. Everything is called on that loop.
final class ListenerLoop: @unchecked Sendable {  // confined to `eventLoop`
  let eventLoop: any EventLoop
  let compressors = CompressorPool()
  let watch: ConnectionWatch
  /// Where an output puts together what it sends.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketOutput.most, alignment: 16)
  /// Where the answers to what is being read are put together, of the one connection that is.
  let answers = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketOutput.most, alignment: 16)
  var answersSize = 0
  var ids = RequestIDs()
  private var dirty: ContiguousArray<SocketOutput> = []
  private var spare: ContiguousArray<SocketOutput> = []
  private var connections = SlotTable<any ListenedConnection>()
  private var drained: EventLoopPromise<Void>?
  private var isOver = false
  private var date = (second: time_t(-1), text: "")

  init(eventLoop: any EventLoop, options: ListenerOptions) {
    self.eventLoop = eventLoop
    let (limits, webSocket) = (options.limits, options.webSocket)
    watch = ConnectionWatch(
      eventLoop: eventLoop,
      interval: ConnectionWatch.interval(
        for: limits.headDeadline, limits.bodyDeadline, limits.idle, limits.linger, webSocket.softDeadline, webSocket.closeDeadline,
        webSocket.messageDeadline))
  }

  deinit {
    scratch.deallocate()
    answers.deallocate()
  }

  /// Flushes once after everything else of this turn of the loop, so that writes of one turn leave together.
  func flushAtEndOfTurn(_ output: SocketOutput) {
    if dirty.isEmpty { eventLoop.execute { self.flush() } }
    dirty.append(output)
  }

  private func flush() {
    swap(&dirty, &spare)
    for output in spare { output.flushTurn() }
    spare.removeAll(keepingCapacity: true)
  }

  func add(_ connection: any ListenedConnection, for ticket: ConnectionTicket) {
    if let slot = ticket.slot {
      connections[slot] = connection
    } else {
      ticket.slot = connections.nextSlot
      connections.insert(connection)
    }
    // The kernel may hand over a connection, or an upgrade come through, after all others were told.
    if isOver {
      connection.terminate()
    } else if drained != nil {
      connection.drain()
    }
  }

  func remove(_ ticket: ConnectionTicket) {
    guard let slot = ticket.slot else { return }
    connections.remove(slot)
    if connections.count == 0 { drained?.succeed() }
  }

  /// Tells every connection to end; done when none is left.
  func drain() -> EventLoopFuture<Void> {
    if let drained { return drained.futureResult }
    let promise = eventLoop.makePromise(of: Void.self)
    drained = promise
    for connection in connections.elements { connection?.drain() }
    if connections.count == 0 { promise.succeed() }
    return promise.futureResult
  }

  func terminateAll() {
    isOver = true
    for connection in connections.elements { connection?.terminate() }
  }

  /// The time of day as HTTP writes it (RFC 9110 §5.6.7).
  func httpDate() -> String {
    var now = time(nil)
    guard now != date.second else { return date.text }
    var parts = tm()
    gmtime_r(&now, &parts)
    var bytes = [CChar](repeating: 0, count: 40)
    // `%a` and `%b` are English: the process never leaves the C locale.
    let count = strftime(&bytes, bytes.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    date = (now, String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    return date.text
  }
}
