import NIOCore

/// Handing the socket over to a websocket.
extension HTTPConnection {
  func upgrade(
    _ exchange: UInt64, headers: [(String, String)], open: @Sendable (WebSocketConnection) -> any WebSocketDelegate
  ) {
    guard let answered = current, answered.serial == exchange, let context, context.channel.isActive else { return }
    let fields =
      UpgradeFields.answer(to: answered.request) + headers + service.options.cors.fields(origin: answered.request.header("Origin"))
    var buffer = context.channel.allocator.buffer(capacity: 256)
    ResponseHead.writeUpgrade(fields: fields, requestID: answered.request.requestID, date: loop.httpDate(), into: &buffer)
    context.write(wrapOutboundOut(buffer), promise: nil)
    current = nil
    takesInput = false
    isEnding = true
    service.meters.upgraded.increment()
    let socket = WebSocketConnection(service: service, loop: loop, ticket: ticket, remote: answered.request.remote)
    let pipeline = context.pipeline.syncOperations
    let channel = context.channel
    do {
      try pipeline.addHandler(socket, position: .after(self))
    } catch {
      return context.close(promise: nil)
    }
    isUpgraded = true
    // The decoder leaves at the end of the turn and then gives the bytes that came after the request to the new handler.
    _ = pipeline.removeHandler(decoder)
    _ = pipeline.removeHandler(self)
    socket.open(open(socket))
    channel.read()
  }
}
