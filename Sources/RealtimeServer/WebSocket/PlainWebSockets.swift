package import Logging
package import NIOCore
import WebSocketFrames

/// WebSockets without Engine.IO: every path is upgraded, and each message is answered with what `answer` makes of it.
struct PlainWebSockets: EngineEndpoint {
  let paths = ["/"]
  let namesTransport = false
  let maxBody = 0
  let answer: BareAnswering

  func request(_ request: HTTPRequest, responder: HTTPResponder) {
    responder.respond(HTTPResponse(status: 426, contentType: "text/plain; charset=utf-8", text: "upgrade required"))
  }

  func upgrade(_ request: HTTPRequest, answer: UpgradeAnswer) {
    answer.accept { _ in PlainWebSocket(answer: self.answer) }
  }
}

/// One of them.
private final class PlainWebSocket: WebSocketDelegate {
  private let answer: BareAnswering

  init(answer: @escaping BareAnswering) { self.answer = answer }

  func received(text: [UInt8], on connection: WebSocketConnection) { send(answer(.text(text)), on: connection) }
  func received(binary: [UInt8], on connection: WebSocketConnection) { send(answer(.binary(binary)), on: connection) }
  func closed(_ connection: WebSocketConnection, reason: WebSocketClosing) {}

  private func send(_ message: BareMessage?, on connection: WebSocketConnection) {
    switch message {
    case .text(let text): connection.send(.text, text)
    case .binary(let bytes): connection.send(.binary, bytes)
    case nil: break
    }
  }
}

extension HTTPListener {
  /// Binds and serves plain WebSockets on every path; `answer` is called on the event loops.
  package static func bindWebSockets(
    _ address: ListenAddress, options: ListenerOptions, group: any EventLoopGroup, logger: Logger, answer: @escaping BareAnswering
  ) async throws -> HTTPListener {
    try await bind(
      address, options: options, routing: NoRoutes(), engine: PlainWebSockets(answer: answer), group: group, logger: logger)
  }
}
