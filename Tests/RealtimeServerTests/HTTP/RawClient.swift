import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import RealtimeServer

/// A plain TCP client: what it sends and gets are bytes.
final class RawClient: Sendable {
  struct Response: Equatable {
    var status: Int
    var fields: [String: String]
    var body: String
  }

  private let channel: any Channel
  private let inbox: Inbox

  private init(channel: any Channel, inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  /// `tls`: encrypted, whoever the server is.
  static func connect(to address: ListenAddress, tls: Bool = false) async throws -> RawClient {
    let inbox = Inbox()
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    let secure = tls ? try NIOSSLContext(configuration: configuration) : nil
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.autoRead, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let secure { try pipeline.addHandler(NIOSSLClientHandler(context: secure, serverHostname: nil)) }
          try pipeline.addHandler(InboxHandler(inbox))
        }
      }
    let channel =
      switch address {
      case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port).get()
      case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
      case .descriptor: throw ChannelError.operationUnsupported
      }
    let client = RawClient(channel: channel, inbox: inbox)
    client.startReading()
    return client
  }

  func startReading() {
    _ = channel.setOption(.autoRead, value: true)
  }

  func stopReading() async throws {
    try await channel.setOption(.autoRead, value: false).get()
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
  }

  /// Done when the bytes were given to the kernel; false when the connection broke before.
  func sendAll(_ bytes: [UInt8]) async -> Bool {
    (try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()) != nil
  }

  func close() { channel.close(promise: nil) }

  func closeOutput() { channel.close(mode: .output, promise: nil) }

  /// The next `count` bytes; fewer at the end of the stream.
  func read(_ count: Int) async -> [UInt8] {
    await inbox.take { $0.count >= count ? count : nil }
  }

  /// At least one byte, and what else is there; none at the end of the stream.
  func readSome() async -> [UInt8] {
    await inbox.take { $0.isEmpty ? nil : $0.count }
  }

  /// Up to and with the marker; whatever was left at the end of the stream.
  func read(through marker: String) async -> String {
    let needle = Array(marker.utf8)
    let bytes = await inbox.take { bytes in bytes.firstRange(of: needle).map { $0.upperBound - bytes.startIndex } }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Everything until the server ends the stream.
  func readToEnd() async -> String {
    String(decoding: await inbox.take { _ in nil }, as: UTF8.self)
  }

  /// The next whole response; nil at the end of the stream.
  func response(bodyless: Bool = false) async -> Response? {
    let head = await read(through: "\r\n\r\n")
    var lines = head.split(separator: "\r\n").map(String.init)
    guard !lines.isEmpty, let status = Int(lines.removeFirst().split(separator: " ")[1]) else { return nil }
    var fields: [String: String] = [:]
    for line in lines {
      let halves = line.split(separator: ":", maxSplits: 1)
      fields[halves[0].lowercased()] = halves[1].trimmingPrefix(" ").description
    }
    let length = bodyless ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
    return Response(status: status, fields: fields, body: String(decoding: await read(length), as: UTF8.self))
  }
}

/// Bytes that arrived, and who waits for them.
final class Inbox: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    /// Where what has not been taken begins.
    var start = 0
    /// All bytes that ever arrived.
    var total = 0
    var isEnded = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func push(_ bytes: [UInt8]) {
    change { state in
      state.bytes += bytes
      state.total += bytes.count
    }
  }

  func end() { change { $0.isEnded = true } }

  private func change(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state in
      body(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Takes as many bytes as `enough` says once it says so, or all at the end.
  func take(_ enough: (ArraySlice<UInt8>) -> Int?) async -> [UInt8] {
    while true {
      let (taken, seen) = state.withLock { state -> ([UInt8]?, Int) in
        let left = state.bytes[state.start...]
        guard let count = enough(left) ?? (state.isEnded ? left.count : nil) else { return (nil, state.total) }
        let bytes = Array(left.prefix(count))
        state.start += bytes.count
        if state.start == state.bytes.count { (state.bytes, state.start) = ([], 0) }
        return (bytes, state.total)
      }
      if let taken { return taken }
      await withCheckedContinuation { continuation in
        let isNew = state.withLock { state in
          if state.total != seen || state.isEnded { return true }
          state.waiter = continuation
          return false
        }
        if isNew { continuation.resume() }
      }
    }
  }
}

private final class InboxHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let inbox: Inbox

  init(_ inbox: Inbox) { self.inbox = inbox }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    inbox.push(Array(buffer: unwrapInboundIn(data)))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { inbox.end() }
  }

  func channelInactive(context: ChannelHandlerContext) { inbox.end() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
