import NIOCore
import Synchronization

@testable import HubHost

/// Stands in for an HTTP client: keeps what was asked of it, and lets the test say what comes back.
final class ScriptedOutbound: Sendable {
  let calls = Lines()
  private let state = Mutex<[(request: OutboundRequest, receiver: any OutboundReceiver)]>([])

  var requests: [OutboundRequest] { state.withLock { $0.map(\.request) } }

  /// Answers the request at this place with one piece for each text.
  func answer(_ place: Int, status: Int, headers: [(String, String)] = [], _ pieces: String...) {
    let receiver = state.withLock { $0[place].receiver }
    do throws(OutboundFailure) {
      try receiver.begin(status: status, headers: headers)
      for piece in pieces { _ = try receiver.take(ByteBuffer(string: piece)) }
      receiver.end(nil)
    } catch {
      receiver.end(error)
    }
  }

  func fail(_ place: Int, _ failure: OutboundFailure) { state.withLock { $0[place].receiver }.end(failure) }

  var port: OutboundPort {
    OutboundPort { [self] request, receiver in
      let place = state.withLock { state in
        state.append((request, receiver))
        return state.count - 1
      }
      return { [self] in
        calls.add("cancel \(place)")
        receiver.end(OutboundFailure(.cancelled, wasWritten: true, "given up"))
      }
    }
  }
}
