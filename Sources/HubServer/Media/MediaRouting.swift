public import HubAuth
internal import HubModel
public import HubStore
public import HubTelemetry
internal import NIOCore
public import RealtimeServer

/// `POST /api/v1/media` and `GET /api/v1/media/{id}?sig=…`. Everything else is left to the routing behind.
public struct MediaRouting: HTTPRouting {
  /// Asks a channel for a medium: the content, or why there is none, goes to the file.
  ///
  /// - Parameter media: the canonical media object of the message, with `message`, `fromMe`, `type` and `conversation`.
  public typealias Opener = @Sendable (_ channel: String, _ account: String, _ media: [UInt8], _ limit: Int, _ file: MediaFile) -> Void

  private let uploads: UploadService
  private let media: MediaService?
  private let limit: Int
  private let next: any HTTPRouting

  /// The routes before `next`.
  ///
  /// - Parameters:
  ///   - folder: where media are kept.
  ///   - limit: bytes of the largest medium.
  ///   - cache: bytes of media kept.
  ///   - links: without a signer no media are shown.
  public init(
    journal: Journal, uploads: UploadStore, folder: String, limit: Int, cache: Int, links: MediaLinks, open: @escaping Opener,
    metrics: HubMetrics, login: Login, next: any HTTPRouting
  ) throws {
    self.uploads = UploadService(store: uploads, metrics: metrics, login: login)
    media = try links.signer.map { signer in
      MediaService(
        journal: journal, uploads: uploads, cache: try MediaCache(folder: folder, limit: cache), signer: signer, limit: limit, open: open,
        metrics: metrics)
    }
    self.limit = limit
    self.next = next
  }

  /// Matches the paths, or asks the routing behind.
  public func match(method: String, path: String) -> HTTPRouteMatch {
    guard path.hasPrefix(MediaLinks.path) else { return next.match(method: method, path: path) }
    let rest = path.dropFirst(MediaLinks.path.count)
    if rest.isEmpty {
      guard method == "POST" else { return .methodNotAllowed(allow: ["POST"]) }
      var route = HTTPRoute(maxBody: limit) { [uploads] in uploads.complete($0, $1) }
      route.receive = { [uploads] in uploads.begin($0, $1) }
      return .route(route)
    }
    guard rest.hasPrefix("/"), !rest.dropFirst().contains("/"), let media else { return next.match(method: method, path: path) }
    guard method == "GET" || method == "HEAD" else { return .methodNotAllowed(allow: ["GET", "HEAD"]) }
    // An <img> of a page full of them counts like any other request, but the page can't wait: the link itself is what limits it.
    return .route(HTTPRoute(maxBody: 0, isRateLimited: false) { media.show(String(rest.dropFirst()), $0, $1) })
  }
}
