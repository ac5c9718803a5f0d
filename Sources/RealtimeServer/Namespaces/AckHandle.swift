import Synchronization

/// The right to answer one event, once, from any thread. A second answer sends nothing.
public final class AckHandle: Sendable {
  private let socket: ServerSocket
  private let id: UInt64
  private let answered = Atomic<Bool>(false)

  init(socket: ServerSocket, id: UInt64) {
    self.socket = socket
    self.id = id
  }

  /// Answers. Nothing is sent when the socket is gone by then.
  ///
  /// - Parameters:
  ///   - arguments: the text of a JSON array; it is sent as it is.
  ///   - attachments: binary, named by placeholders in `arguments`.
  public func callAsFunction(_ arguments: [UInt8], attachments: [[UInt8]] = []) {
    guard answered.exchange(true, ordering: .relaxed) == false else { return }
    let (session, namespace) = (socket.session, socket.namespace.name)
    if attachments.isEmpty, session.loop.isCurrent() {
      if socket.isJoined, let text = OutboundMessage.text(ack: id, arguments: arguments, namespace: namespace) { session.send(text: text) }
    } else if let message = OutboundMessage(
      ack: id, arguments: arguments, attachments: attachments, namespace: namespace,
      threshold: session.loop.options.compression?.threshold)
    {
      session.loop.run { [socket] _ in
        if socket.isJoined { socket.session.send(message) }
      }
    }
  }
}
