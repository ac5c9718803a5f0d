internal import Dispatch
internal import NIOCore
internal import RealtimeServer
internal import Synchronization

/// Writes a body to its file while it arrives, beside the event loop.
final class UploadReceiver: HTTPBodyReceiver {
  private let receiving: UploadStore.Receiving
  private let loop: any EventLoop
  private let queue = DispatchQueue(label: "upload")
  private let failure = Mutex<MediaFolder.Failure?>(nil)

  init(_ receiving: UploadStore.Receiving, loop: any EventLoop) {
    self.receiving = receiving
    self.loop = loop
  }

  func take(_ bytes: ByteBuffer) -> EventLoopFuture<Void>? {
    let done = loop.makePromise(of: Void.self)
    queue.async { [self] in
      do throws(MediaFolder.Failure) {
        if failure.withLock({ $0 == nil }) {
          let result = bytes.withUnsafeReadableBytes { bytes -> Result<Void, MediaFolder.Failure> in
            do throws(MediaFolder.Failure) { return .success(try receiving.write(bytes)) } catch { return .failure(error) }
          }
          try result.get()
        }
      } catch {
        failure.withLock { $0 = error }
      }
      done.succeed(())
    }
    return done.futureResult
  }

  /// Calls back once everything is written, on a thread that may block.
  func finish(_ body: @escaping @Sendable (Result<UploadStore.Receiving, MediaFolder.Failure>) -> Void) {
    queue.async { [self] in body(failure.withLock { $0 }.map { .failure($0) } ?? .success(receiving)) }
  }
}
