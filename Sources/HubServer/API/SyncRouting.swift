internal import Dispatch
public import HubAuth
internal import HubModel
public import HubStore
public import Logging
public import RealtimeServer
internal import Synchronization

/// `GET /api/v1/sync?since=CURSOR`: the events after a cursor and the next cursor, for whoever may read. Everything else is left to
/// the routing behind.
public struct SyncRouting: HTTPRouting {
  /// The path.
  public static let path = "/api/v1/sync"
  /// Requests that may wait for the disk; more are refused at once.
  private static let maxWaiting = 256

  private let service: SyncService
  private let next: any HTTPRouting

  /// The route before `next`.
  ///
  /// - Parameters:
  ///   - links: puts links to media into events; nil: they stay as they are.
  ///   - login: judges who asks.
  public init(
    journal: Journal, links: MediaLinks? = nil, logger: Logger, login: Login, next: any HTTPRouting
  ) {
    service = SyncService(
      reader: SyncReader(journal: journal, links: links, logger: logger), login: login, maxWaiting: Self.maxWaiting)
    self.next = next
  }

  /// Matches the path, or asks the routing behind.
  public func match(method: String, path: String) -> HTTPRouteMatch {
    guard path == Self.path else { return next.match(method: method, path: path) }
    guard method == "GET" || method == "HEAD" else { return .methodNotAllowed(allow: ["GET", "HEAD"]) }
    return .route(HTTPRoute(maxBody: 0) { [service] in service.handle($0, $1) })
  }
}

/// Judges the caller on the connection's loop, reads on a queue of its own.
private final class SyncService: Sendable {
  private let reader: SyncReader
  private let login: Login
  private let maxWaiting: Int
  private let waiting = Atomic<Int>(0)
  // Serial: a crowd of returning clients must not take the journal's readers from the sinks.
  private let queue = DispatchQueue(label: "sync")

  init(reader: SyncReader, login: Login, maxWaiting: Int) {
    self.reader = reader
    self.login = login
    self.maxWaiting = maxWaiting
  }

  func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
    let identity: Identity
    let query: SyncQuery
    do {
      identity = try login.identity(headers: request.headers, query: request.query)
      guard identity.roles.contains(.read) else { return responder.respond(.problem(.forbidden, for: request)) }
      query = try SyncQuery(request)
    } catch {
      return responder.respond(answer(to: error, for: request))
    }
    guard waiting.add(1, ordering: .relaxed).oldValue < maxWaiting else {
      waiting.subtract(1, ordering: .relaxed)
      return responder.respond(.problem(.overloaded, for: request, retryAfter: 1))
    }
    queue.async { [self] in
      defer { waiting.subtract(1, ordering: .relaxed) }
      do {
        let page = try reader.page(for: identity, query)
        responder.respond(
          HTTPResponse(status: 200, contentType: "application/json", headers: [("Cache-Control", "no-store")], bytes: page.body))
      } catch {
        responder.respond(answer(to: error, for: request))
      }
    }
  }

  private func answer(to error: any Error, for request: HTTPRequest) -> HTTPResponse {
    switch error {
    case let failure as AuthFailure:
      return .problem(failure.problem, for: request)
    case let mistake as SyncMistake:
      return .problem(.badRequest, mistake.rawValue, for: request)
    case let error as JournalError where error.code == .cursorExpired:
      return .problem(.cursorExpired, for: request)
    default:
      reader.logger.warning("the journal cannot be read for sync", metadata: ["reason": "\(error)", "request": "\(request.requestID)"])
      return .problem(.journalUnavailable, for: request, retryAfter: 1)
    }
  }
}
