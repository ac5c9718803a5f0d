import Foundation
import HubPluginSDK
import OrderedJSON
import Synchronization

/// The smallest useful channel in Swift: what is POSTed to its path arrives at the frontends as an inbound message.
final class Echo: HubReceiveOnlyChannel {
  static let descriptor = HubDescriptor(
    .channel, name: "swift-echo", version: "1.0.0", summary: "Turns POSTed texts into inbound messages: an example in Swift.",
    configSchema: """
      {"type":"object","x-hub-provider":"echo","additionalProperties":false,"required":["path","account"],"properties":{
        "path":{"type":"string","pattern":"^/","x-hub-claim":"http-path","description":"Where messages are POSTed."},
        "account":{"type":"string","minLength":1,"description":"The account the messages are for; listed under accounts."}}}
      """, needs: ["hub.http-route/1"])

  private let services: HubServices
  private let path: String
  private let account: String
  private let counter = Atomic<UInt64>(0)

  init(name: String, config: JSONValue, services: HubServices) throws {
    guard let path = config["path"]?.string, let account = config["account"]?.string else {
      throw HubError(.invalid, "path and account are required")
    }
    self.services = services
    self.path = path
    self.account = account
  }

  func start() async throws { try services.addRoute("POST", path, access: .none, route: 1) }
}

extension Echo: HubHTTPHandler {
  func request(_ request: HubHTTPRequest, responder: HubHTTPResponder) {
    let body = try? JSONValue(parsing: request.body)
    guard let from = body?["from"]?.string, !from.isEmpty, from.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let text = body?["text"]?.string
    else {
      return responder.respond(.json(["error": #"expected {"from": digits, "text": string}"#], status: 400))
    }
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    // Without an id of the sender's, every request is a message of its own.
    let id = body?["id"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "echo-\(now)-\(counter.add(1, ordering: .relaxed).newValue)"
    let content: JSONValue = [
      "contact": ["phone": .string(from)],
      "message": ["providerMessageId": .string(id), "direction": "inbound", "type": "text", "text": .string(text)],
    ]
    let event = HubEvent(
      id: id, kind: "message.created", account: account, conversation: from, cause: request.cause, timeMilliseconds: now,
      body: content.serialized())
    // Answered once the event is synced to disk, and never before; what the hub did not take is no success.
    services.emit([event]) { result in
      switch result {
      case .success(let counts) where counts.stored + counts.duplicate >= 1: responder.respond(.json(["ok": true]))
      case .success(let counts):
        let members: JSONValue = [
          "stored": .number(JSONNumber(Int64(counts.stored))), "duplicate": .number(JSONNumber(Int64(counts.duplicate))),
          "unknownAccount": .number(JSONNumber(Int64(counts.unknownAccount))), "invalid": .number(JSONNumber(Int64(counts.invalid))),
        ]
        responder.respond(.json(["error": "not stored", "counts": members], status: 422))
      case .failure:
        var busy = HubHTTPResponse.json(["error": "not stored"], status: 503)
        busy.headers.append(("Retry-After", "1"))
        responder.respond(busy)
      }
    }
  }
}

/// The plugin's one exported symbol.
@c(hub_plugin_entry)
public func hubPluginEntry() -> UnsafeRawPointer { HubPluginExport.table(Echo.self) }
