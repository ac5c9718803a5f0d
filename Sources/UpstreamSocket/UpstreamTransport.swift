import NIOCore
import WebSocketFrames

/// What an `UpstreamTransport` reports to. Everything is called on the connection's event loop.
protocol UpstreamTransportOwner: AnyObject {
  func received(text: [UInt8], from transport: UpstreamTransport)
  func received(binary: [UInt8], from transport: UpstreamTransport)
  /// Called once.
  func ended(_ transport: UpstreamTransport, reason: String)
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

  init(options: UpstreamOptions, owner: any UpstreamTransportOwner) {
    self.options = options
    self.owner = owner
    state = .upgrading(UpgradeExchange())
  }

  func send(text: [UInt8]) {
    guard case .open = state else { return }
    write(.text, text)
  }

  /// Ends the connection; the owner is told this reason.
  func end(_ reason: String, code: UInt16? = nil) {
    if case .open = state { write(.close, FrameHeader.closePayload(code)) }
    finish(reason)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Asks for the websocket; to be called once the channel is chosen. False when it is gone already.
  func begin() -> Bool {
    guard case .upgrading(let exchange) = state, let context else { return false }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: exchange.request(options))), promise: nil)
    return true
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
      var offset = 0
      if case .upgrading(var exchange) = state {
        do throws(UpgradeFailure) {
          let isOpen = try exchange.receive(bytes, at: &offset)
          state = isOpen ? .open(FrameDecoder(role: .client, limit: options.maxMessage)) : .upgrading(exchange)
        } catch {
          return finish(error.reason)
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
        return end("the server broke the protocol: \(error.reason)", code: error.code)
      }
      switch event {
      case .text(let text): owner?.received(text: text, from: self)
      case .binary(let binary): owner?.received(binary: binary, from: self)
      case .ping(let payload): write(.pong, payload)
      case .pong: break
      case .close(let code, _): return end(code.map { "the server closed with \($0)" } ?? "the server closed", code: code)
      case nil: return
      }
    }
  }

  private func write(_ opcode: Opcode, _ payload: [UInt8]) {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: FrameHeader.frame(opcode, payload, role: .client))), promise: nil)
  }

  private func finish(_ reason: String) {
    state = .ended
    guard let owner else { return }
    self.owner = nil
    context?.close(promise: nil)
    owner.ended(self, reason: reason)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { finish("\(error)") }

  func channelInactive(context: ChannelHandlerContext) {
    finish("the connection was lost")
    context.fireChannelInactive()
  }
}
