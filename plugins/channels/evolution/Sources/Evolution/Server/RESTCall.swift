import HubPluginSDK
import OrderedJSON

/// A call of the server's REST interface (reference 4), without the server and the key.
struct RESTCall: Sendable, Hashable {
  /// The longest that a call takes beyond the time for which it was asked to wait.
  private static let patienceMs: Int64 = 30_000
  /// With a file, which has to go to the server and from there to WhatsApp. It leaves the instance's turn some of the minute that the hub gives an attempt.
  private static let filePatienceMs: Int64 = 50_000

  let method: String
  /// What stands before the instance's name: `/message/sendText`.
  let path: String
  let instance: String
  /// JSON; an upload stands in it as Base64.
  let body: [HubOutboundRequest.Part]
  let timeoutMs: Int64
  var maxBody: UInt64 = 1 << 20

  /// A question.
  init(get path: String, instance: String) {
    (method, self.path, self.instance, body, timeoutMs) = ("GET", path, instance, [], Self.patienceMs)
  }

  /// - Parameters:
  ///   - file: a member whose value is an upload.
  ///   - lastsMs: for how long the server doesn't answer because it was asked to wait.
  init(post path: String, instance: String, _ object: JSONObject, file: (member: String, upload: String)? = nil, lastsMs: Int64 = 0) {
    let patienceMs = file == nil ? Self.patienceMs : Self.filePatienceMs
    (method, self.path, self.instance, timeoutMs) = ("POST", path, instance, patienceMs + lastsMs)
    let text = JSONValue.object(object).serialized()
    guard let file else {
      body = [.bytes(text)]
      return
    }
    // Base64 needs no escaping, so that the file can stream into the place of its member.
    let head = text.dropLast() + Array("\(object.isEmpty ? "" : ",")\"\(file.member)\":\"".utf8)
    body = [.bytes(Array(head)), .upload(file.upload, base64: true), .bytes(Array("\"}".utf8))]
  }

  /// The request, with a handle in the key's place.
  func request(to server: ServerAddress, cause: String) -> HubOutboundRequest {
    var request = HubOutboundRequest(method, server.origin + server.prefix + path + "/" + HubOutboundRequest.encoded(instance))
    if let key = server.key(of: instance) { request.headers.append(("apikey", key)) }
    if body.isEmpty == false { request.headers.append(("Content-Type", "application/json")) }
    request.parts = body
    request.timeout = .milliseconds(timeoutMs)
    request.maxBody = maxBody
    request.authority = server.authority
    request.cause = cause
    return request
  }
}
