import NIOCore
import NIOHTTP1
import NIOSSL

/// The pipeline of a new connection: TLS, decoder, connection.
enum ConnectionSetup {
  static func run(_ channel: any Channel, service: ListenerService, tls: NIOSSLContext?) throws {
    guard let loop = service.loop(of: channel.eventLoop) else { throw ChannelError.operationUnsupported }
    let peer = channel.remoteAddress?.ipAddress ?? "unix"
    let counted = service.options.trustedProxies.contains(peer) || peer == "unix" ? nil : peer
    switch service.limiter.enter(counted) {
    case .accepted: break
    case .full:
      service.meters.refusedFull.increment()
      return refuse(channel, isPlain: tls == nil)
    case .addressFull:
      service.meters.refusedAddress.increment()
      return refuse(channel, isPlain: tls == nil)
    }
    service.meters.accepted.increment()
    let ticket = ConnectionTicket(service: service, loop: loop, address: counted)
    do {
      let pipeline = channel.pipeline.syncOperations
      if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
      var limits = NIOHTTPDecoderLimitConfiguration()
      if service.options.limits.headBytes > 0 {
        limits.maxHeaderListSize = service.options.limits.headBytes
        limits.maxHeaderFieldSize = service.options.limits.headBytes
      }
      if service.options.limits.headFields > 0 { limits.maxHeaderFieldCount = service.options.limits.headFields }
      let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
      try pipeline.addHandler(decoder)
      try pipeline.addHandler(
        HTTPConnection(service: service, loop: loop, ticket: ticket, decoder: decoder, peer: peer, isSecure: tls != nil))
    } catch {
      ticket.release()
      throw error
    }
  }

  /// Costs next to nothing, because refusals come in floods: one small write, then the end.
  private static func refuse(_ channel: any Channel, isPlain: Bool) {
    guard isPlain else { return channel.close(promise: nil) }
    let text = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
  }
}
