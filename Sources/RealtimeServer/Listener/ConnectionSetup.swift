import NIOCore
import NIOSSL

/// The pipeline of a new connection: TLS and the connection.
enum ConnectionSetup {
  private static let receiving = AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 1024, maximum: 65536)

  static func run(_ channel: any Channel, service: ListenerService, tls: NIOSSLContext?) throws {
    guard let loop = service.loop(of: channel.eventLoop) else { throw ChannelError.operationUnsupported }
    let peer = channel.remoteAddress?.ipAddress ?? "unix"
    let counted = service.options.trustedProxies.countedName(of: peer)
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
      // Here and not as options of the bootstrap, which would make several futures of it for each connection.
      let soft = max(service.options.webSocket.soft, 2)
      try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: soft / 2, high: soft))
      try channel.syncOptions?.setOption(.recvAllocator, value: receiving)
      let pipeline = channel.pipeline.syncOperations
      if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
      let output = SocketOutput(channel: channel, loop: loop, isSecure: tls != nil)
      try pipeline.addHandler(
        HTTPConnection(service: service, loop: loop, ticket: ticket, output: output, peer: peer, isSecure: tls != nil))
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
