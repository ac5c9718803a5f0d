import NIOCore
import NIOHTTP1

/// Stands between a decoder and its connection, and hands over what the decoder makes of the bytes.
final class DecodedRequests: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart

  private unowned let connection: HTTPConnection

  init(_ connection: HTTPConnection) { self.connection = connection }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): connection.receive(head)
    case .body(let bytes): connection.receive(bytes)
    case .end: connection.receiveEnd()
    }
  }
}
