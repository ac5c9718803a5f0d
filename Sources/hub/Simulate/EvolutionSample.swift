import ArgumentParser
import Crypto
import Foundation
import OrderedJSON

/// A webhook as an Evolution server sends it, for `hub simulate evolution`.
struct EvolutionSample {
  enum Kind: String, SimulatedKind {
    case text, image, audio, document, location, reaction, echo, api, status

    static var outbound: Self { .api }
  }

  /// The words a status can be, and the server's for them.
  static let statusWords = ["sent": "SERVER_ACK", "delivered": "DELIVERY_ACK", "read": "READ", "failed": "ERROR"]

  let kind: Kind
  let instance: String
  let from: String
  let name: String
  let text: String
  /// The message a status or reaction is about; nil for what stands alone.
  let target: String?
  let id: String
  let date: Date

  /// The whole body of the POST.
  var body: JSONValue {
    [
      "event": .string(event), "instance": .string(instance), "data": kind == .status ? status : message,
      "date_time": .string(date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))),
      "sender": "15550000000@s.whatsapp.net", "apikey": .null,
    ]
  }

  /// The token the server makes of its `jwt_key`.
  static func token(_ key: [UInt8], at date: Date) -> String {
    let issued = Int64(date.timeIntervalSince1970)
    let claims: JSONValue = [
      "iat": .number(JSONNumber(issued)), "exp": .number(JSONNumber(issued + 600)), "app": "evolution", "action": "webhook",
    ]
    let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
    let signed = [header, claims].map { base64url($0.serialized()) }.joined(separator: ".")
    let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: key))
    return "\(signed).\(base64url(code))"
  }

  private static func base64url(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").filter { $0 != "=" }
  }

  private var event: String {
    switch kind {
    case .status: "messages.update"
    case .api: "send.message"
    default: "messages.upsert"
    }
  }

  private var chat: JSONValue { .string("\(from)@s.whatsapp.net") }
  private var isOurs: Bool { kind == .echo || kind == .api }

  private var status: JSONValue {
    ["keyId": .string(target ?? id), "remoteJid": chat, "fromMe": true, "status": .string(Self.statusWords[text] ?? text)]
  }

  private var message: JSONValue {
    [
      "key": ["remoteJid": chat, "fromMe": .bool(isOurs), "id": .string(id)], "pushName": .string(isOurs ? "Você" : name),
      "status": isOurs ? "SERVER_ACK" : "DELIVERY_ACK", "message": content,
      "messageTimestamp": .number(JSONNumber(Int64(date.timeIntervalSince1970))), "source": "android",
    ]
  }

  private var content: JSONValue {
    switch kind {
    case .text, .echo, .api, .status: ["conversation": .string(text)]
    case .image: ["imageMessage": ["mimetype": "image/jpeg", "caption": .string(text), "fileLength": "1024"]]
    case .audio: ["audioMessage": ["mimetype": "audio/ogg; codecs=opus", "ptt": true, "seconds": 3]]
    case .document: ["documentMessage": ["mimetype": "application/pdf", "fileName": "sample.pdf", "caption": .string(text)]]
    case .location: ["locationMessage": ["degreesLatitude": -23.5614, "degreesLongitude": -46.6559, "name": .string(text)]]
    case .reaction: ["reactionMessage": ["key": ["remoteJid": chat, "id": .string(target ?? id)], "text": .string(text)]]
    }
  }
}
