import HubModel
import OrderedJSON

/// What became of an instance, and the code that pairs it (reference 1.6).
extension Envelope {
  /// - Parameter state: what the event's name says; nil when the data says it.
  func read(state: String?, _ element: JSONObject, into parsed: inout ParsedEnvelope) {
    guard let word = state ?? element.identifier(["state", "status"])?.lowercased() else { return parsed.drop(.malformedElement) }
    let code = element.wireInteger("statusReason") ?? element.wireInteger("disconnectionReasonCode")
    append(state: word == "closed" ? "close" : word, code: code, parsed: &parsed) { object in
      let own = Person([element.identifier("wuid")])
      object.add("phone", text: own?.phone)
      object.add("lid", text: own?.lid)
      object.add("profileName", text: element.identifier("profileName"))
      object.add("profilePicture", text: element.identifier("profilePictureUrl"))
      object.add("disconnectedAt", text: element.identifier("disconnectionAt"))
    }
  }

  /// A code to scan. It is a login secret; the next one makes it worthless.
  func read(code element: JSONObject, into parsed: inout ParsedEnvelope) {
    guard let code = element.object("qrcode") else {
      guard let message = element.identifier("message") else { return parsed.drop(.malformedElement) }
      // After the last code the server gives the instance up.
      return append(state: "close", code: nil, parsed: &parsed) { $0.append("message", .string(message)) }
    }
    var qr = JSONObject()
    for key in ["base64", "code", "pairingCode"] { qr.add(key, text: code.identifier(key)) }
    guard qr.isEmpty == false else { return parsed.drop(.emptyUpdate) }
    parsed.events.append(event(.channelQR, id: Fingerprint.of(.object(qr), in: self)) { $0.append("qr", .object(qr)) })
  }

  private func append(state: String, code: Int64?, parsed: inout ParsedEnvelope, _ fill: (inout JSONObject) -> Void) {
    parsed.events.append(
      event(.channelState, id: Fingerprint.of(data, in: self)) { body in
        var object: JSONObject = ["state": .string(state), "event": .string(event)]
        object.add("statusReason", code.map { .number(JSONNumber($0)) })
        object.add("reason", text: code.flatMap(Self.reason))
        fill(&object)
        body.append("state", .object(object))
      })
  }

  private static func reason(_ code: Int64) -> String? {
    switch code {
    case 200: "ok"
    case 401: "logged_out"
    case 403: "forbidden"
    case 408: "timeout"
    case 411: "multidevice_mismatch"
    case 428: "connection_closed"
    case 440: "replaced"
    case 500: "bad_session"
    case 503: "unavailable"
    case 515: "restart_required"
    default: nil
    }
  }
}
