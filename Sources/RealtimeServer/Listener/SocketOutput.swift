import Glibc
import NIOCore

/// What one connection sends. Bytes are gathered for the rest of the loop's turn and then given to the kernel with one system call.
///
/// Order: bytes go straight to the socket only while the channel holds none of this connection's. What the socket doesn't take goes
/// to the channel, and so does everything after it until the channel has written all it had. Confined to its event loop.
final class SocketOutput {
  private let loop: ListenerLoop
  private var channel: (any Channel)?
  /// The socket; -1 while it isn't known, and once it may no longer be used.
  private var descriptor: Int32 = -1
  /// Whether everything goes through the channel: always with TLS, else while it has something waiting.
  private var usesChannel: Bool
  private let isSecure: Bool
  private var isListed = false
  /// Whether `gathered` is a buffer of this turn's own, and not one that others share.
  private var isOwn = false
  private var gathered = ByteBuffer()

  init(channel: any Channel, loop: ListenerLoop, isSecure: Bool) {
    self.channel = channel
    self.loop = loop
    self.isSecure = isSecure
    usesChannel = isSecure
  }

  /// More than this isn't gathered.
  private static var most: Int { 64 * 1024 }

  /// Whether everything was given to the kernel.
  var isEmpty: Bool { isListed == false && (usesChannel == false || waitingInChannel == 0) }

  /// Bytes that the socket didn't take yet.
  var waitingInChannel: Int { (try? channel?.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

  /// Sends bytes, at the latest at the end of the turn.
  func append(_ bytes: ByteBuffer) {
    guard channel != nil else { return }
    if gathered.readableBytes > 0, gathered.readableBytes + bytes.readableBytes > Self.most { flushNow() }
    if usesChannel {
      appendToChannel(bytes)
    } else if gathered.readableBytes == 0 {
      (gathered, isOwn) = (bytes, false)
    } else {
      join(bytes)
    }
    list()
    if gathered.readableBytes > Self.most { flushNow() }
  }

  /// Gives the kernel what was gathered, before the end of the turn.
  func flushNow() {
    // While a channel tells its handlers that it is closed, the descriptor is no longer its own.
    if channel?.isActive == true { flush() }
  }

  /// At the end of the turn whoever was closed in it knows.
  private func flush() {
    guard let channel else { return }
    if usesChannel { return channel.flush() }
    guard gathered.readableBytes > 0 else { return }
    var bytes = ByteBuffer()
    swap(&bytes, &gathered)
    let sent = isReady(channel) ? bytes.withUnsafeReadableBytes { send(descriptor, $0.baseAddress, $0.count, flags) } : 0
    if sent == bytes.readableBytes { return }
    // The channel finds out by itself what is the matter with a socket that takes nothing.
    bytes.moveReaderIndex(forwardBy: max(sent, 0))
    usesChannel = true
    channel.write(bytes, promise: nil)
    channel.flush()
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
    gathered = ByteBuffer()
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

  private func join(_ bytes: ByteBuffer) {
    if isOwn == false {
      var own = ByteBufferAllocator().buffer(capacity: max(4096, 2 * (gathered.readableBytes + bytes.readableBytes)))
      own.writeImmutableBuffer(gathered)
      (gathered, isOwn) = (own, true)
    }
    gathered.writeImmutableBuffer(bytes)
  }

  private func appendToChannel(_ bytes: ByteBuffer) {
    if isSecure == false, waitingInChannel == 0 {
      usesChannel = false
      (gathered, isOwn) = (bytes, false)
    } else {
      channel?.write(bytes, promise: nil)
    }
  }

  /// Whether the descriptor is there to be used.
  private func isReady(_ channel: any Channel) -> Bool {
    guard descriptor < 0 else { return true }
    guard channel.isActive else { return false }
    let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    descriptor = found ?? -1
    return descriptor >= 0
  }
}

private let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
