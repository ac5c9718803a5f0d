import NIOCore
import NIOSSL
import WebSocketFrames

/// What an `UpstreamTransport` reports to. Everything is called on the connection's event loop.
protocol UpstreamTransportOwner: AnyObject {
  /// Bytes arrived; what they mean follows, once it is known.
  func heard(from transport: UpstreamTransport)
  func received(text: [UInt8], from transport: UpstreamTransport)
  func received(binary: [UInt8], from transport: UpstreamTransport)
  /// A message over the limit went by.
  func skipped(isText: Bool, head: [UInt8], bytes: UInt64, from transport: UpstreamTransport)
  /// Called once, unless `end` was.
  func ended(_ transport: UpstreamTransport, _ end: UpstreamEnd)
}

/// The websocket: opening handshake, frames, close. The only handler of its channel but for TLS; confined to its event loop.
final class UpstreamTransport: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    case upgrading(UpgradeExchange)
    case open(FrameDecoder)
    case ended
  }

  private let options: UpstreamOptions
  private var owner: (any UpstreamTransportOwner)?
  private var context: ChannelHandlerContext?
  private var state: State
  /// Bytes that were given to the channel and are still in it.
  private(set) var unsent = 0

  init(options: UpstreamOptions, owner: any UpstreamTransportOwner) {
    self.options = options
    self.owner = owner
    state = .upgrading(UpgradeExchange())
  }

  func send(text: [UInt8], attachments: [[UInt8]]) {
    guard case .open = state else { return }
    write(.text, text)
    for attachment in attachments { write(.binary, attachment) }
  }

  /// Ends the connection from this side; the owner isn't told.
  func end() {
    owner = nil
    if case .open = state { write(.close, FrameHeader.closePayload(nil)) }
    state = .ended
    context?.close(promise: nil)
  }

  /// Whether bytes are taken from the network.
  func read(_ reads: Bool) {
    guard let context else { return }
    _ = try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Asks for the websocket; to be called once the channel is chosen.
  /// - Returns: why it can't.
  func begin(showing credentials: UpstreamOptions.Credentials) -> UpstreamEnd? {
    guard case .upgrading(let exchange) = state, let context else { return UpstreamEnd(.lost, "the connection was lost") }
    do throws(UpgradeFailure) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: try exchange.request(options, showing: credentials))), promise: nil)
      return nil
    } catch {
      return UpstreamEnd(.invalid, error.reason)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    owner?.heard(from: self)
    unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
      var offset = 0
      if case .upgrading(var exchange) = state {
        do throws(UpgradeFailure) {
          let isOpen = try exchange.receive(bytes, at: &offset)
          let decoder = FrameDecoder(role: .client, limit: options.maxMessage, skipsOversize: true)
          state = isOpen ? .open(decoder) : .upgrading(exchange)
        } catch {
          return finish(UpstreamEnd(.refused, error.reason, status: error.status))
        }
      }
      readFrames(bytes, at: &offset)
    }
  }

  private func readFrames(_ bytes: UnsafeRawBufferPointer, at offset: inout Int) {
    while true {
      // The decoder leaves the state while it works, so that its buffers aren't copied; nothing called in between looks at it.
      guard case .open(var decoder) = state else { return }
      state = .ended
      let event: FrameEvent?
      do throws(FrameViolation) {
        event = try decoder.next(bytes, at: &offset)
        state = .open(decoder)
      } catch {
        state = .open(decoder)
        return close(UpstreamEnd(.violation, "the server broke the protocol: \(error.reason)"), code: error.code)
      }
      switch event {
      case .text(let text): owner?.received(text: text, from: self)
      case .binary(let binary): owner?.received(binary: binary, from: self)
      case .skipped(let kind, let head, let bytes): owner?.skipped(isText: kind == .text, head: head, bytes: bytes, from: self)
      case .ping(let payload): write(.pong, payload)
      case .pong: break
      case .close(let code, _):
        return close(UpstreamEnd(.closed, code.map { "the server closed with \($0)" } ?? "the server closed"), code: code)
      case nil: return
      }
    }
  }

  private func write(_ opcode: Opcode, _ payload: [UInt8]) {
    guard let context else { return }
    let frame = ByteBuffer(bytes: FrameHeader.frame(opcode, payload, role: .client))
    let size = frame.readableBytes
    unsent += size
    context.writeAndFlush(wrapOutboundOut(frame)).assumeIsolated().whenComplete { _ in self.unsent -= size }
  }

  private func close(_ end: UpstreamEnd, code: UInt16?) {
    write(.close, FrameHeader.closePayload(code))
    finish(end)
  }

  private func finish(_ end: UpstreamEnd) {
    state = .ended
    guard let owner else { return }
    self.owner = nil
    context?.close(promise: nil)
    owner.ended(self, end)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard ConnectFailure.isTLS(error) else { return finish(UpstreamEnd(.lost, ConnectFailure.words(error))) }
    finish(UpstreamEnd(.tls, UpstreamTLS.words(error, host: options.url.host, roots: options.trustRoots)))
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .upgrading(let exchange) = state {
      let failure = exchange.failure
      finish(UpstreamEnd(failure.status == nil ? .lost : .refused, failure.reason, status: failure.status))
    } else {
      finish(UpstreamEnd(.lost, "the connection was lost"))
    }
    context.fireChannelInactive()
  }
}
