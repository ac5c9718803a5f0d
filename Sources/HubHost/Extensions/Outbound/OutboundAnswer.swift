internal import NIOCore
internal import Synchronization

/// Gathers the answer to one request of a plugin, up to its limit.
final class OutboundAnswer: OutboundReceiver {
  struct Response: Sendable {
    var status = 0
    var headers: [(String, String)] = []
    var body = ByteBuffer()
  }

  private let limit: Int
  /// Whether there is room for so many more bytes.
  private let hold: @Sendable (Int) -> Bool
  private let finish: @Sendable (Result<Response, OutboundFailure>, _ held: Int) -> Void
  private let response = Mutex(Response())

  init(
    limit: Int, hold: @escaping @Sendable (Int) -> Bool, finish: @escaping @Sendable (Result<Response, OutboundFailure>, Int) -> Void
  ) {
    self.limit = limit
    self.hold = hold
    self.finish = finish
  }

  func begin(status: Int, headers: [(String, String)]) throws(OutboundFailure) {
    let stated = headers.first { $0.0.lowercased() == "content-length" }.flatMap { Int($0.1) }
    if let stated, stated > limit { throw tooLarge }
    response.withLock {
      $0.status = status
      $0.headers = headers
    }
  }

  func take(_ part: ByteBuffer) throws(OutboundFailure) -> EventLoopFuture<Void>? {
    let fits = response.withLock { response in
      guard response.body.readableBytes + part.readableBytes <= limit, hold(part.readableBytes) else { return false }
      response.body.writeImmutableBuffer(part)
      return true
    }
    if !fits { throw tooLarge }
    return nil
  }

  func end(_ failure: OutboundFailure?) {
    let response = response.withLock { $0 }
    finish(failure.map { .failure($0) } ?? .success(response), response.body.readableBytes)
  }

  private var tooLarge: OutboundFailure { OutboundFailure(.tooLarge, wasWritten: true, "the answer is too large") }
}
