import NIOCore
import WebSocketFrames

/// Handing the socket over to a websocket.
extension HTTPConnection {
  func upgrade(
    _ exchange: UInt64, headers: [(String, String)], open: @Sendable (WebSocketConnection) -> any WebSocketDelegate
  ) {
    guard let answered = current, answered.serial == exchange, let context, context.channel.isActive else { return }
    let agreement = service.options.compression.flatMap { UpgradeFields.agree($0, with: answered.request) }
    var fields = headers + service.options.cors.fields(origin: answered.request.header("Origin"))
    if let agreement { fields.append(("Sec-WebSocket-Extensions", agreement.field)) }
    var buffer = context.channel.allocator.buffer(capacity: 512)
    ResponseHead.writeUpgrade(answering: answered.request, fields: fields, date: loop.httpDate(), into: &buffer)
    output.append(buffer)
    current = nil
    takesInput = false
    isEnding = true
    service.meters.upgraded.increment()
    let socket = WebSocketConnection(
      service: service, loop: loop, ticket: ticket, output: output, remote: answered.request.remote, agreement: agreement)
    let pipeline = context.pipeline.syncOperations
    let channel = context.channel
    do {
      try pipeline.addHandler(socket, position: .after(self))
    } catch {
      return context.close(promise: nil)
    }
    isUpgraded = true
    socket.open(open(socket))
    if let held, held.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(held)) }
    held = nil
    if let general {
      // The decoder leaves at the end of the turn and then gives the bytes that came after the request to the new handler.
      pipeline.removeHandler(general.decoder, promise: nil)
      pipeline.removeHandler(general.requests, promise: nil)
    }
    pipeline.removeHandler(self, promise: nil)
    if heldRead { channel.read() }
  }
}
