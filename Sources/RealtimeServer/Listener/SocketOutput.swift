import Glibc
import NIOCore

/// What one connection sends. Bytes are gathered for the rest of the loop's turn and then given to the kernel with one system call; what
/// answers something that was read leaves as soon as all of that is answered.
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
  /// Whether what is sent is put together in the loop's `answers`.
  private var isHeld = false
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
  var isEmpty: Bool { isListed == false && isHeld == false && (usesChannel == false || waitingInChannel == 0) }

  /// Bytes that the socket didn't take yet.
  var waitingInChannel: Int { (try? channel?.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

  /// Sends bytes, at the latest at the end of the turn.
  func append(_ bytes: ByteBuffer) {
    guard channel != nil else { return }
    if isHeld {
      if hold(bytes.readableBytes, { room in bytes.withUnsafeReadableBytes { room.copyMemory(from: $0) } }) { return }
      release()
    }
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

  /// Sends as many bytes, written by `write`, that are for this connection alone.
  func append(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
    if isHeld, hold(count, write) { return }
    var bytes = ByteBufferAllocator().buffer(capacity: count)
    bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) {
      write($0)
      return count
    }
    append(bytes)
  }

  // MARK: Answers to what is read

  /// What is sent from here to ``release()`` leaves with that and not at the end of the turn, so that this peer gets on while others
  /// are read. Both are called while the channel hands over what it has read: nobody else on the loop is read meanwhile.
  func hold() { isHeld = usesChannel == false && size == 0 && isReady() }

  /// Gives the kernel what was put together. Whoever was closed meanwhile is no longer held.
  func release() {
    guard isHeld else { return }
    isHeld = false
    sendHeld()
  }

  /// False when there is no room.
  private func hold(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) -> Bool {
    let start = loop.answersSize
    guard count <= loop.answers.count - start else { return false }
    write(UnsafeMutableRawBufferPointer(rebasing: loop.answers[start..<start + count]))
    loop.answersSize = start + count
    return true
  }

  private func sendHeld() {
    let count = loop.answersSize
    guard count > 0 else { return }
    loop.answersSize = 0
    let sent = max(0, Glibc.send(descriptor, loop.answers.baseAddress, count, flags))
    guard sent < count else { return }
    isHeld = false
    pass(ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: loop.answers[sent..<count])))
  }

  /// Leaves to the channel what the socket didn't take; it finds out by itself what is the matter with one that takes nothing.
  private func pass(_ rest: ByteBuffer) {
    guard let channel else { return }
    usesChannel = true
    channel.write(rest, promise: nil)
    channel.flush()
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
    if isHeld { sendHeld() }
    if usesChannel, let channel { return channel.flush() }
    guard let first else { return }
    let sent = max(0, isReady() ? send(first) : 0)
    // One buffer, and taken before the channel is told: it may answer with something that has more sent.
    let rest = sent < size ? gathered(first, from: sent) : nil
    clear()
    if let rest { pass(rest) }
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
    if isHeld { (isHeld, loop.answersSize) = (false, 0) }
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
