import Foundation
import HubStore
import HubTesting
import OrderedJSON
import Synchronization

/// A folder that goes away with its owner.
final class Folder: Sendable {
  let path: String
  var database: String { path + "/data/hub.sqlite" }

  init() throws {
    path = NSTemporaryDirectory() + "hub-store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// An empty folder inside.
  func make(_ name: String) throws -> String {
    let inner = path + "/" + name
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    return inner
  }
}

extension ManualClock {
  var options: JournalOptions { JournalOptions(now: { self.now }) }
}

/// Events as channels make them.
enum Sample {
  static let base: Int64 = 1_767_625_200_000

  static func event(
    _ kind: String, id: String, _ body: JSONValue, tenant: String = "demo", account: String = "acc", conversation: String = "",
    timeMs: Int64 = base, cause: String = "req-1"
  ) -> IncomingEvent {
    IncomingEvent(
      tenant: tenant, channel: "meta-main", provider: "meta", account: account, kind: kind, id: id, conversation: conversation,
      cause: cause, timeMs: timeMs, receivedMs: timeMs + 400, body: body.serialized())
  }

  static func message(
    _ id: String, from phone: String? = "5511991230001", userID: String? = nil, name: String = "Marina", text: String = "oi",
    direction: String = "inbound", origin: String = "realtime", status: String? = nil, kind: String = "message.created",
    tenant: String = "demo", account: String = "acc", timeMs: Int64 = base, group: String? = nil
  ) -> IncomingEvent {
    var message: JSONObject = [
      "providerMessageId": .string(id), "direction": .string(direction), "type": "text", "text": .string(text), "origin": .string(origin),
    ]
    message["status"] = status.map { .string($0) }
    var contact: JSONObject = ["name": .string(name)]
    contact["phone"] = phone.map { .string($0) }
    contact["userId"] = userID.map { .string($0) }
    var body: JSONObject = ["contact": .object(contact), "message": .object(message)]
    if group != nil { body["conversation"] = ["group": true, "name": "Equipe"] }
    return event(
      kind, id: id, .object(body), tenant: tenant, account: account, conversation: group ?? phone ?? userID ?? "", timeMs: timeMs)
  }

  static func status(_ target: String, _ word: String, errors: JSONValue? = nil, timeMs: Int64 = base) -> IncomingEvent {
    var status: JSONObject = ["target": .string(target), "status": .string(word)]
    status["errors"] = errors
    return event("message.status", id: "\(target):\(word)", ["status": .object(status)], timeMs: timeMs)
  }
}

extension StoredEvent {
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  var text: String { String(decoding: body, as: UTF8.self) }
}

extension Journal {
  /// Appends one after the other, a transaction each.
  @discardableResult
  func store(_ events: IncomingEvent...) async throws -> [AppendOutcome] {
    var outcomes: [AppendOutcome] = []
    for event in events { outcomes += try await append([event]) }
    return outcomes
  }

  func all() throws -> [StoredEvent] {
    var events: [StoredEvent] = []
    while true {
      let page = try self.events(after: events.last?.sequence ?? 0, limit: 500)
      if page.isEmpty { return events }
      events += page
    }
  }
}

/// A parameter of the long cases: full runs set the variable, the normal run takes the short figure.
func parameter(_ name: String, _ short: Int) -> Int {
  ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? short
}
