import NIOCore
import Synchronization

/// The right to answer one websocket upgrade, once, from any thread. A second answer is ignored, a dropped one answers 500.
final class UpgradeAnswer: Sendable {
  /// The loop that the connection stays on.
  let eventLoop: any EventLoop
  private let connection: HTTPConnection
  private let exchange: UInt64
  private let answered = Atomic<Bool>(false)

  init(connection: HTTPConnection, exchange: UInt64, eventLoop: any EventLoop) {
    self.connection = connection
    self.exchange = exchange
    self.eventLoop = eventLoop
  }

  /// Switches protocols. `open` is called on the connection's loop after the 101 is written; frames it sends follow it. It isn't
  /// called when the client is gone by then.
  func accept(headers: [(String, String)] = [], open: @escaping @Sendable (WebSocketConnection) -> any WebSocketDelegate) {
    guard !answered.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if eventLoop.inEventLoop {
      connection.upgrade(exchange, headers: headers, open: open)
    } else {
      eventLoop.execute { [connection, exchange] in connection.upgrade(exchange, headers: headers, open: open) }
    }
  }

  /// Answers with this response and closes.
  func refuse(_ response: HTTPResponse) {
    guard !answered.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if eventLoop.inEventLoop {
      connection.complete(exchange, with: response)
    } else {
      eventLoop.execute { [connection, exchange] in connection.complete(exchange, with: response) }
    }
  }

  deinit {
    guard !answered.load(ordering: .acquiring) else { return }
    eventLoop.execute { [connection, exchange] in
      connection.complete(exchange, with: HTTPResponse(status: 500))
    }
  }
}
