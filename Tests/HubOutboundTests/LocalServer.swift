import HubTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP server on loopback that does what the path says.
final class LocalServer: Sendable {
  /// A request as it arrived.
  struct Seen: Sendable {
    var head: HTTPRequestHead
    var body: [UInt8] = []
  }

  private let channel: any Channel
  private let seen = Seens()

  var requests: [Seen] { seen.all.withLock { $0 } }
  var connections: Int { seen.connections.withLock { $0 } }
  var port: Int { channel.localAddress?.port ?? 0 }

  /// - Parameter certificate: what it says it is, over TLS; nil: plain HTTP.
  init(certificate: SelfSignedCertificate? = nil) async throws {
    let seen = seen
    let tls = try certificate.map { certificate in
      let chain = try NIOSSLCertificate.fromPEMFile(certificate.certificate).map { NIOSSLCertificateSource.certificate($0) }
      let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
      return try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Answerer(seen: seen))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func stop() async throws { try await channel.close() }
}

final class Seens: Sendable {
  let all = Mutex<[LocalServer.Seen]>([])
  let connections = Mutex(0)
}

// Used on its channel's event loop alone.
private final class Answerer: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let seen: Seens
  private var current: LocalServer.Seen?

  init(seen: Seens) { self.seen = seen }

  func channelActive(context: ChannelHandlerContext) { seen.connections.withLock { $0 += 1 } }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): current = LocalServer.Seen(head: head)
    case .body(let bytes): current?.body += Array(bytes.readableBytesView)
    case .end:
      guard let request = current else { return }
      seen.all.withLock { $0.append(request) }
      answer(request, context)
    }
  }

  private func answer(_ request: LocalServer.Seen, _ context: ChannelHandlerContext) {
    switch request.head.uri {
    case "/mute": break
    case "/hang-up": context.close(promise: nil)
    case "/redirect": write(302, [("Location", "/elsewhere")], "", context)
    case "/long": write(200, [], String(repeating: "x", count: 100_000), context)
    case "/half":
      write(200, [("Content-Length", "10")], "half", context, isEnded: false)
      context.close(promise: nil)
    default: write(200, [("X-Seen", request.head.uri)], "got \(request.body.count)", context)
    }
  }

  private func write(
    _ status: Int, _ headers: [(String, String)], _ body: String, _ context: ChannelHandlerContext, isEnded: Bool = true
  ) {
    var fields = HTTPHeaders(headers)
    if isEnded { fields.add(name: "Content-Length", value: "\(body.utf8.count)") }
    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    if isEnded { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
  }
}
