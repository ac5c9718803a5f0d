import HubHost
import NIOCore
import Synchronization

@testable import HubOutbound

/// Takes an answer whole.
final class Gatherer: OutboundReceiver {
  struct Answer: Sendable {
    var status = 0
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    var failure: OutboundFailure?

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let limit: Int
  private let answer = Mutex(Answer())
  private let continuation: CheckedContinuation<Answer, Never>

  private init(limit: Int, _ continuation: CheckedContinuation<Answer, Never>) {
    self.limit = limit
    self.continuation = continuation
  }

  /// Sends a request and waits for its end.
  ///
  /// - Parameter begun: given what ends the request early.
  static func send(
    _ request: OutboundRequest, through client: OutboundClient, limit: Int = .max,
    begun: (@escaping @Sendable () -> Void) -> Void = { _ in }
  ) async -> Answer {
    await withCheckedContinuation { continuation in begun(client.port.send(request, Gatherer(limit: limit, continuation))) }
  }

  func begin(status: Int, headers: [(String, String)]) throws(OutboundFailure) {
    answer.withLock { ($0.status, $0.headers) = (status, headers) }
  }

  func take(_ part: ByteBuffer) throws(OutboundFailure) -> EventLoopFuture<Void>? {
    let size = answer.withLock { answer in
      answer.body += Array(part.readableBytesView)
      return answer.body.count
    }
    if size > limit { throw OutboundFailure(.tooLarge, wasWritten: true, "too large") }
    return nil
  }

  func end(_ failure: OutboundFailure?) {
    continuation.resume(
      returning: answer.withLock { answer in
        answer.failure = failure
        return answer
      })
  }
}
