import Foundation
import HubAuth
import HubModel
import HubServer
import HubStore
import HubTelemetry
import HubTesting
import Logging
import NIOCore
import NIOPosix
import OrderedJSON
import RealtimeServer
import Synchronization
import Testing

/// A journal in a folder of its own, behind the route.
final class SyncFixture: Sendable {
  static let start: Int64 = 1_767_625_200_000
  static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
  static let readKey = "a-key-that-may-read"
  static let statsKey = "a-key-for-statistics"

  let journal: Journal
  let routing: SyncRouting
  let metrics: HubMetrics
  private let folder: String
  private let clock: ManualClock
  private let maker: TokenMaker

  /// - Parameter database: a journal's file as another fixture left it.
  init(database: Data? = nil) async throws {
    folder = NSTemporaryDirectory() + "hub-sync-" + UUID().uuidString
    let clock = ManualClock(Self.start)
    self.clock = clock
    if let database {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try database.write(to: URL(fileURLWithPath: folder + "/hub.sqlite"))
    }
    var options = JournalOptions { clock.now }
    options.retentionMs = 86_400_000
    journal = try Journal(path: folder + "/hub.sqlite", options: options)
    metrics = try HubMetrics()
    let key = try await TokenKey.hmac(secret: Self.secret)
    maker = TokenMaker(key: key)
    let keys = try APIKeyTable([
      APIKey(name: "crm", value: Array(Self.readKey.utf8), tenant: "demo", roles: [.read]),
      APIKey(name: "watch", value: Array(Self.statsKey.utf8), tenant: "demo", roles: [.stats]),
    ])
    let authenticator = Authenticator(tokens: try await JWTVerifier(keys: [key]), keys: keys)
    routing = SyncRouting(
      journal: journal, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      login: Login(
        count: { [metrics] in metrics.authentications.with($0).increment() },
        verify: { credential throws(AuthFailure) in try authenticator.authenticate(credential, now: Self.start) }), next: NoRoutes())
  }

  deinit {
    try? journal.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Stores inbound messages, one transaction; the first of a conversation stores two events.
  func store(_ ids: [String], tenant: String = "demo", account: String = "acc", from phone: String = "5511991230001", text: String = "oi")
    async throws
  {
    let now = clock.now
    let outcomes = try await journal.append(
      ids.map { id in
        let body: JSONValue = [
          "contact": ["phone": .string(phone), "name": "Marina"],
          "message": [
            "providerMessageId": .string(id), "direction": "inbound", "type": "text", "text": .string(text), "origin": "realtime",
          ],
        ]
        return IncomingEvent(
          tenant: tenant, channel: "meta-main", provider: "meta", account: account, kind: "message.created", id: id, conversation: phone,
          timeMs: now, receivedMs: now, body: body.serialized())
      })
    for outcome in outcomes {
      guard case .stored = outcome else { throw NotStored() }
    }
  }

  /// Stores an event that belongs to no conversation.
  func storeNotice(_ id: String) async throws {
    let body: JSONValue = ["notification": ["title": "hello"]]
    let event = IncomingEvent(
      tenant: "demo", channel: "meta-main", provider: "meta", account: "acc", kind: "notification", id: id, timeMs: clock.now,
      receivedMs: clock.now, body: body.serialized())
    guard case .stored? = try await journal.append([event]).first else { throw NotStored() }
  }

  /// Closes the journal; its file, with one byte of every place where this text stands changed.
  func damaged(at text: String) throws -> Data {
    try journal.close()
    var file = try Data(contentsOf: URL(fileURLWithPath: folder + "/hub.sqlite"))
    while let place = file.firstRange(of: Data(text.utf8)) { file[place.lowerBound] ^= 1 }
    return file
  }

  /// Lets two days pass; what is older than the one day of retention goes.
  func expireEverything() throws {
    clock.advance(2 * 86_400_000)
    while try journal.purge() > 0 {}
  }

  /// The header with a token of an hour, which ended an hour ago if `isExpired`.
  func token(tenant: String = "demo", isExpired: Bool = false, _ extra: JSONObject = [:]) throws -> [(String, String)] {
    let hour: Int64 = 3_600_000
    let token = try maker.token(tenant: tenant, user: "u1", ttl: hour, now: Self.start - (isExpired ? 2 * hour : 0), extra: extra)
    return [("Authorization", "Bearer \(token)")]
  }

  func get(_ query: String = "", _ headers: [(String, String)]) async throws -> HTTPResponse {
    guard case .route(let route) = routing.match(method: "GET", path: SyncRouting.path) else { throw NoRoute() }
    return await withCheckedContinuation { continuation in
      let responder = HTTPResponder(eventLoop: MultiThreadedEventLoopGroup.singleton.next()) { continuation.resume(returning: $0) }
      route.handle(HTTPRequest(method: "GET", target: SyncRouting.path + query, headers: headers, requestID: "req-7"), responder)
    }
  }

  /// Asks until there is no more; the bodies of all events, and the last cursor.
  func all(since: String = "0", limit: Int, _ headers: [(String, String)]) async throws -> (events: [JSONValue], cursor: String) {
    var events: [JSONValue] = []
    var cursor = since
    while true {
      let answer = try await get("?since=\(cursor)&limit=\(limit)", headers)
      try #require(answer.status == 200)
      let page = try answer.json()
      let found = try #require(page["events"]?.array)
      #expect(found.count <= limit)
      events += found
      cursor = try #require(page["cursor"]?.string)
      if page["more"] != .bool(true) { return (events, cursor) }
    }
  }
}

extension HTTPResponse {
  func json() throws -> JSONValue { try JSONValue(parsing: String(buffer: body)) }
  func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }
}

private struct NotStored: Error {}
private struct NoRoute: Error {}
