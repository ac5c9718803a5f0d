import HubPluginSDK
import OrderedJSON

/// A file as `getBase64FromMediaMessage` answers with it (reference 3.4).
struct StoredFile: Hashable {
  let mimeType: String
  let bytes: [UInt8]

  /// Of a message whose file the server fetches and decrypts; it has to be in its database.
  static func call(message: String, instance: String) -> RESTCall {
    var call = RESTCall(
      post: "/chat/getBase64FromMediaMessage", instance: instance, ["message": ["key": ["id": .string(message)]], "convertToMp4": false],
      lastsMs: 60_000)
    call.maxBody = 64 << 20
    return call
  }

  /// Why there is none.
  enum Absence: Error, Hashable {
    /// The message may only be on its way to the database.
    case notYet
    case never(String)
    case notNow(String)
  }

  init(_ answer: HubHTTPResponse, mimeType: String?) throws(Absence) {
    guard (200..<300).contains(answer.status) else { throw Self.absence(answer) }
    guard let document = try? JSONValue(parsing: answer.body), let text = document["base64"]?.string, let bytes = Base64.decode(text) else {
      throw .never("the server's answer holds no file")
    }
    self.bytes = bytes
    self.mimeType = document["mimetype"]?.string ?? mimeType ?? "application/octet-stream"
  }

  private static func absence(_ answer: HubHTTPResponse) -> Absence {
    let text = String(decoding: answer.body.prefix(4096), as: UTF8.self).lowercased()
    if answer.status == 400 || answer.status == 404, text.contains("message not found") { return .notYet }
    let reason = "the server answered \(answer.status)"
    return answer.status == 401 || answer.status == 429 || answer.status >= 500 ? .notNow(reason) : .never(reason)
  }
}
