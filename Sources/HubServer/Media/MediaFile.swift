internal import Crypto
internal import Dispatch
internal import Glibc
public import NIOCore
internal import Synchronization

/// A medium on its way into the cache. Pieces are written in their order, beside whatever thread they come on.
public final class MediaFile: Sendable {
  // @unchecked: confined by the lock it lies in.
  private struct State: @unchecked Sendable {
    var descriptor: Int32
    var size = 0
    var digest = SHA256()
    var expectedSize: Int?
    var expectedDigest: String?
    var trouble: MediaTrouble?
    var isEnded = false

    /// Whether it is what was announced.
    var isWhatWasExpected: Bool {
      if let expectedSize, expectedSize != size { return false }
      guard let expectedDigest else { return true }
      return digest.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == expectedDigest
    }
  }

  private let path: String
  private let queue = DispatchQueue(label: "media")
  private let state: Mutex<State>
  private let ended: @Sendable (Result<Int, MediaTrouble>) -> Void

  init(path: String, ended: @escaping @Sendable (Result<Int, MediaTrouble>) -> Void) throws(MediaFolder.Failure) {
    self.path = path
    self.ended = ended
    let descriptor = open("\(path).part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw MediaFolder.Failure(errno) }
    state = Mutex(State(descriptor: descriptor))
  }

  deinit {
    let (descriptor, isEnded) = state.withLock { ($0.descriptor, $0.isEnded) }
    guard !isEnded else { return }
    Glibc.close(descriptor)
    unlink("\(path).part")
    // Nobody is left who could.
    ended(.failure(.failed))
  }

  /// Says what is to come, before its first piece: anything else is no medium.
  ///
  /// - Parameters:
  ///   - size: bytes; nil: not known.
  ///   - sha256: lower-case hexadecimal; nil: not known.
  public func expect(size: Int?, sha256: String?) { state.withLock { ($0.expectedSize, $0.expectedDigest) = (size, sha256) } }

  /// Writes a piece; done when the next may come.
  public func write(_ bytes: ByteBuffer, on loop: any EventLoop) -> EventLoopFuture<Void> {
    let done = loop.makePromise(of: Void.self)
    queue.async { [self] in
      put(bytes)
      done.succeed(())
    }
    return done.futureResult
  }

  /// Writes all there is.
  public func write(_ bytes: ByteBuffer) { queue.async { [self] in put(bytes) } }

  /// The medium is complete.
  public func finish() { queue.async { [self] in end(nil) } }

  /// There will be no medium.
  public func fail(_ reason: FailureReason) { queue.async { [self] in end(reason.trouble) } }

  /// Why there is none.
  public enum FailureReason: Sendable {
    /// The channel, or the provider, says that there is none.
    case notFound
    /// The channel isn't there.
    case unavailable
    /// It could not be fetched.
    case failed
    /// It is larger than a medium may be.
    case tooLarge

    var trouble: MediaTrouble {
      switch self {
      case .notFound: .notFound
      case .unavailable: .unavailable
      case .failed: .failed
      case .tooLarge: .tooLarge
      }
    }
  }

  private func put(_ bytes: ByteBuffer) {
    let (descriptor, isOver) = state.withLock { ($0.descriptor, $0.isEnded || $0.trouble != nil) }
    if isOver { return }
    let failure = bytes.withUnsafeReadableBytes { MediaFolder.write(all: $0, to: descriptor) }
    state.withLock { state in
      state.size += bytes.readableBytes
      if state.expectedDigest != nil { bytes.withUnsafeReadableBytes { state.digest.update(bufferPointer: $0) } }
      if failure != nil { state.trouble = .storage }
    }
  }

  private func end(_ trouble: MediaTrouble?) {
    let (isFirst, descriptor, size, earlier) = state.withLock { state in
      defer { state.isEnded = true }
      return (!state.isEnded, state.descriptor, state.size, state.trouble)
    }
    guard isFirst else { return }
    Glibc.close(descriptor)
    guard let trouble = earlier ?? trouble ?? (state.withLock { $0.isWhatWasExpected } ? nil : .altered) else {
      let isKept = rename("\(path).part", path) == 0
      return ended(isKept ? .success(size) : .failure(.storage))
    }
    unlink("\(path).part")
    ended(.failure(trouble))
  }
}
