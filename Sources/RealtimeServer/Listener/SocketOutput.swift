import Glibc
import NIOCore

/// What one connection sends. Bytes are gathered for the rest of the loop's turn and then given to the kernel with one system call.
///
/// Order: bytes go straight to the socket only while the channel holds none of this connection's. What the socket doesn't take goes
/// to the channel, and so does everything after it until the channel has written all it had. Confined to its event loop.
final class SocketOutput {
  // A broadcast comes by thousands of these, each cold: what it needs lies together, and it leaves the channel alone.
  /// The socket; -1 while it isn't known, and once it may no longer be used.
  private var descriptor: Int32 = -1
  /// Whether everything goes through the channel: always with TLS, else while it has something waiting.
  private var usesChannel: Bool
  private let isSecure: Bool
  private var isListed = false
  private var size = 0
  /// What was gathered: buffers that other connections may share.
  private var first: ByteBuffer?
  private var more: [ByteBuffer] = []
  private var channel: (any Channel)?
  private let loop: ListenerLoop

  init(channel: any Channel, loop: ListenerLoop, isSecure: Bool) {
    self.channel = channel
    self.loop = loop
    self.isSecure = isSecure
    usesChannel = isSecure
  }

  /// More than this isn't gathered.
  static var most: Int { 64 * 1024 }

  /// Whether everything was given to the kernel.
  var isEmpty: Bool { isListed == false && (usesChannel == false || waitingInChannel == 0) }

  /// Bytes that the socket didn't take yet.
  var waitingInChannel: Int { (try? channel?.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

  /// Sends bytes, at the latest at the end of the turn.
  func append(_ bytes: ByteBuffer) {
    guard channel != nil else { return }
    if size > 0, size + bytes.readableBytes > Self.most {
      flushNow()
      // It is being closed.
      if size > 0 { return }
    }
    if usesChannel, isSecure || waitingInChannel > 0 {
      channel?.write(bytes, promise: nil)
    } else {
      usesChannel = false
      gather(bytes)
    }
    list()
    if size > Self.most { flushNow() }
  }

  private func gather(_ bytes: ByteBuffer) {
    if first == nil { first = bytes } else { more.append(bytes) }
    size += bytes.readableBytes
  }

  /// Gives the kernel what was gathered, before the end of the turn.
  func flushNow() {
    // While a channel tells its handlers that it is closed, the descriptor is no longer its own.
    if channel?.isActive == true { flush() }
  }

  /// At the end of the turn whoever was closed in it knows.
  private func flush() {
    if usesChannel, let channel { return channel.flush() }
    guard let first else { return }
    let sent = max(0, isReady() ? send(first) : 0)
    // One buffer, and taken before the channel is told: it may answer with something that has more sent.
    let rest = sent < size ? gathered(first, from: sent) : nil
    clear()
    guard let rest, let channel else { return }
    // The channel finds out by itself what is the matter with a socket that takes nothing.
    usesChannel = true
    channel.write(rest, promise: nil)
    channel.flush()
  }

  /// How many bytes of what was gathered the kernel took; negative when there is something wrong.
  private func send(_ first: ByteBuffer) -> Int {
    if more.isEmpty { return first.withUnsafeReadableBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) } }
    var count = 0
    copy(first, to: &count)
    for buffer in more { copy(buffer, to: &count) }
    return Glibc.send(descriptor, loop.scratch.baseAddress, count, flags)
  }

  private func copy(_ buffer: ByteBuffer, to end: inout Int) {
    buffer.withUnsafeReadableBytes { UnsafeMutableRawBufferPointer(rebasing: loop.scratch[end...]).copyMemory(from: $0) }
    end += buffer.readableBytes
  }

  private func gathered(_ first: ByteBuffer, from start: Int) -> ByteBuffer {
    var rest = first
    if more.isEmpty == false { for buffer in more { rest.writeImmutableBuffer(buffer) } }
    rest.moveReaderIndex(forwardBy: start)
    return rest
  }

  private func clear() {
    first = nil
    if more.isEmpty == false { more = [] }
    size = 0
  }

  /// Calls `body` when everything sent so far has been given to the kernel; false when it could not be.
  func whenFlushed(_ body: @escaping (_ isSent: Bool) -> Void) {
    guard let channel, channel.isActive else { return body(false) }
    flush()
    guard usesChannel else { return body(true) }
    channel.writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { result in body((try? result.get()) != nil) }
  }

  /// The connection is gone: its descriptor may soon be another's.
  func end() {
    (channel, descriptor) = (nil, -1)
    clear()
  }

  /// The end of a turn.
  func flushTurn() {
    isListed = false
    flush()
  }

  private func list() {
    guard isListed == false else { return }
    isListed = true
    loop.flushAtEndOfTurn(self)
  }

  /// Whether the descriptor is there to be used.
  private func isReady() -> Bool {
    guard descriptor < 0 else { return true }
    guard let channel, channel.isActive else { return false }
    let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    descriptor = found ?? -1
    return descriptor >= 0
  }
}

private let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
