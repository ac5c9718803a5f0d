import OrderedJSON

/// The calls of the Graph API. A version before the path is taken and ignored.
extension GraphProvider {
  package mutating func answer(_ call: FakeCall, now: Moment) -> FakeReply {
    do throws(GraphError) {
      return try route(call, now: now)
    } catch {
      return FakeReply(
        answer: error.answer(trace: random.hex(16)),
        effects: [.say("refused \(call.method) /\(call.path.joined(separator: "/")): \(error.code) \(error.details ?? error.title)")])
    }
  }

  private mutating func route(_ call: FakeCall, now: Moment) throws(GraphError) -> FakeReply {
    try authorize(call)
    var path = call.path[...]
    if path.first?.wholeMatch(of: /v\d+\.\d+/) != nil { path = path.dropFirst() }
    guard let node = path.first else { throw GraphError(100, "Unsupported request") }
    let edge = path.dropFirst().first
    if node == "_cdn", let secret = edge { return try download(secret, call, now: now) }
    if let number = options.numbers.first(where: { $0.id == node }) {
      switch (call.method, edge) {
      case ("POST", "messages"): return try post(call, number, now: now)
      case ("POST", "media"): return FakeReply(answer: try upload(call, now: now))
      case ("GET", nil):
        return FakeReply(
          answer: .json(
            200,
            [
              "verified_name": "Fake", "display_phone_number": .string(number.phone), "quality_rating": "GREEN", "id": .string(number.id),
            ]))
      default: break
      }
    }
    switch (call.method, edge) {
    case ("GET", nil):
      if let described = media.description(of: node, base: address, now: now, random: &random) {
        return FakeReply(answer: .json(200, described))
      }
    case ("DELETE", nil):
      if media.remove(node) { return FakeReply(answer: .json(200, ["success": true])) }
    default: break
    }
    throw GraphError(
      100, "Object with ID '\(node)' does not exist, cannot be loaded due to missing permissions, or does not support this operation")
  }

  private func authorize(_ call: FakeCall) throws(GraphError) {
    let field = call.header("Authorization") ?? ""
    let token = field.hasPrefix("Bearer ") ? String(field.dropFirst(7)) : call.parameter("access_token") ?? ""
    guard token.isEmpty == false else { throw GraphError(190, "An access token is required to request this resource.") }
    guard options.accessTokens.isEmpty || options.accessTokens.contains(token) else { throw GraphError(190) }
  }

  // MARK: Media

  private mutating func upload(_ call: FakeCall, now: Moment) throws(GraphError) -> FakeAnswer {
    guard let form = Multipart(call.body, contentType: call.header("Content-Type")) else { throw GraphError(100, "The form is malformed") }
    guard form["messaging_product"]?.bytes.elementsEqual("whatsapp".utf8) == true else {
      throw GraphError(100, "The parameter messaging_product is required.")
    }
    guard let file = form["file"] else { throw GraphError(100, "The parameter file is required.") }
    let type = form["type"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? file.type ?? ""
    guard type.contains("/") else { throw GraphError(100, "Param file must be a file with one of the supported types") }
    let limit =
      type.hasPrefix("image/webp")
      ? 500 << 10 : type.hasPrefix("image/") ? 5 << 20 : type.hasPrefix("audio/") || type.hasPrefix("video/") ? 16 << 20 : 100 << 20
    guard file.bytes.count <= limit, file.bytes.isEmpty == false else {
      throw GraphError(131_053, "The file has \(file.bytes.count) bytes, of \(limit) at most")
    }
    return .json(200, ["id": .string(media.add(file.bytes, type: type, isInbound: false, now: now, random: &random))])
  }

  private func download(_ secret: String, _ call: FakeCall, now: Moment) throws(GraphError) -> FakeReply {
    guard call.method == "GET", let file = media.file(at: secret, now: now) else {
      return FakeReply(answer: FakeAnswer(status: 404, body: Array("Not found".utf8)))
    }
    return FakeReply(answer: FakeAnswer(status: 200, type: file.type, body: file.bytes))
  }
}
