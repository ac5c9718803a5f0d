import HubModel
import OrderedJSON

/// A conversation of one workspace.
struct ChatEngineConversation: Sendable {
  let id: String
  let workspace: String
  var contact: String?
  var name: String
  var number = "wn_2"
  var lastMessage: JSONObject?
  var updated: Moment

  /// As it is pushed.
  func json(agent: String) -> JSONObject {
    var json: JSONObject = ["id": .string(id), "workspaceId": .string(workspace)]
    if let contact { json["contactId"] = .string(contact) }
    json["whatsappNumberId"] = .string(number)
    json["channel"] = "whatsapp"
    var participants: [JSONValue] = []
    if let contact { participants.append(["id": .string(contact), "name": .string(name)]) }
    participants.append(["id": .string(agent), "name": "Atendimento"])
    json["participants"] = .array(participants)
    if let lastMessage {
      var last: JSONObject = [:]
      for key in ["id", "content", "senderId", "createdAt"] { last[key] = lastMessage[key] }
      json["lastMessage"] = .object(last)
    }
    json["updatedAt"] = .string(Timestamp(milliseconds: updated).iso8601)
    return json
  }
}
