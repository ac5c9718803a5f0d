public import NIOCore
import Synchronization

/// What a responder answers to. Called on the connection's event loop.
protocol HTTPAnswering: AnyObject, Sendable {
  func complete(_ exchange: UInt64, with response: HTTPResponse)
  /// Nobody is left who could answer.
  func abandon(_ exchange: UInt64)
  func setAbort(of exchange: UInt64, _ body: @escaping @Sendable () -> Void)
  /// Ends the connection after these bytes, whatever they are.
  func breakOff(_ exchange: UInt64, after bytes: ByteBuffer)
}

/// The right to answer one request, once, from any thread. A second answer is ignored; a responder that is dropped without an
/// answer answers 500.
public final class HTTPResponder: Sendable {
  /// The loop of the connection.
  public let eventLoop: any EventLoop
  private let connection: any HTTPAnswering
  private let exchange: UInt64
  private let answered = Atomic<Bool>(false)

  init(connection: any HTTPAnswering, exchange: UInt64, eventLoop: any EventLoop) {
    self.connection = connection
    self.exchange = exchange
    self.eventLoop = eventLoop
  }

  /// A responder without a connection: the answer goes to `answer`, on `eventLoop`.
  public convenience init(eventLoop: any EventLoop, answer: @escaping @Sendable (HTTPResponse) -> Void) {
    self.init(connection: DetachedAnswer(answer), exchange: 0, eventLoop: eventLoop)
  }

  /// Answers. On the connection's loop the response is written at once; it leaves at the end of the loop's turn.
  public func respond(_ response: HTTPResponse) {
    guard !answered.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if eventLoop.inEventLoop {
      connection.complete(exchange, with: response)
    } else {
      eventLoop.execute { [connection, exchange] in connection.complete(exchange, with: response) }
    }
  }

  /// Sends these bytes as they are in place of an answer and closes the connection: what a server does that goes wrong.
  package func breakOff(after bytes: ByteBuffer) {
    guard !answered.exchange(true, ordering: .acquiringAndReleasing) else { return }
    eventLoop.execute { [connection, exchange] in connection.breakOff(exchange, after: bytes) }
  }

  /// Calls `body` on the connection's loop if the client hangs up before the answer. To be set on that loop, before the handler
  /// returns; a later one replaces it.
  func onAbort(_ body: @escaping @Sendable () -> Void) {
    eventLoop.preconditionInEventLoop()
    connection.setAbort(of: exchange, body)
  }

  deinit {
    guard !answered.load(ordering: .acquiring) else { return }
    // Always by way of the loop's queue: the handler that dropped it may still be on the stack.
    eventLoop.execute { [connection, exchange] in connection.abandon(exchange) }
  }
}

private final class DetachedAnswer: HTTPAnswering {
  private let answer: @Sendable (HTTPResponse) -> Void

  init(_ answer: @escaping @Sendable (HTTPResponse) -> Void) {
    self.answer = answer
  }

  func complete(_ exchange: UInt64, with response: HTTPResponse) { answer(response) }
  func abandon(_ exchange: UInt64) { answer(HTTPResponse(status: 500)) }
  func breakOff(_ exchange: UInt64, after bytes: ByteBuffer) { abandon(exchange) }
  func setAbort(of exchange: UInt64, _ body: @escaping @Sendable () -> Void) {}
}
