import EngineIO
import NIOCore
import NIOEmbedded
import NIOHTTP1
import WebSocketFrames

@testable import RealtimeServer

/// The head of a request: everything that decides between WebSocket, polling, HTTP and refusal. What the short cut for plain heads takes,
/// the decoder and the general rules take with the same meaning.
enum UpgradeRequestTarget: FuzzTarget {
  private static let table = UpgradeTable(paths: ["/socket.io/", "/api/ws/"])

  static func run(_ input: UnsafeRawBufferPointer) {
    if let plain = PlainHead(input, limits: HTTPLimits()) { compare(plain, with: decoded(input, plain.end), in: input) }
    if let head = head(input) { judge(head) }
  }

  private static func compare(_ plain: PlainHead, with head: HTTPRequestHead?, in input: UnsafeRawBufferPointer) {
    guard let head else { fatalError("the decoder does not take what the short cut takes") }
    require(plain.isGet == (head.method == .GET) && plain.isGet != (head.method == .POST), "the methods differ")
    require(head.version == .http1_1 && head.uri == String(decoding: input[plain.target], as: UTF8.self), "the targets differ")
    let fields = HTTPFields(plain.fields, in: ByteBuffer(bytes: input[..<plain.end])).texts
    require(fields.elementsEqual(head.headers) { $0.0 == $1.name && $0.1 == $1.value }, "the fields differ")
    let length: BodyLength
    do { length = try HeadCheck.bodyLength(of: head) } catch { fatalError("the rules refuse what the short cut takes: \(error.reason)") }
    switch plain.purpose {
    case .answer(let body):
      require(length == (body == 0 ? .none : .bytes(body)), "the lengths of the body differ")
      require(!UpgradeFields.wantWebSocket(head), "an upgrade is taken for a request")
    case .webSocket:
      require(
        length == .none && UpgradeFields.wantWebSocket(head) && UpgradeFields.refusal(head) == nil, "a request is taken for an upgrade")
    }
  }

  /// What the decoder makes of the first `count` bytes.
  private static func decoded(_ input: UnsafeRawBufferPointer, _ count: Int) -> HTTPRequestHead? {
    let channel = EmbeddedChannel()
    defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
    guard (try? channel.pipeline.syncOperations.addHandler(decoder)) != nil,
      (try? channel.writeInbound(ByteBuffer(bytes: input[..<count]))) != nil,
      case .head(let head)? = try? channel.readInbound(as: HTTPServerRequestPart.self)
    else { return nil }
    return head
  }

  private static func judge(_ head: HTTPRequestHead) {
    let length: BodyLength
    do { length = try HeadCheck.bodyLength(of: head) } catch {
      require((400..<500).contains(error.status), "a refusal with status \(error.status)")
      return
    }
    checkAccepted(head, length)
    let request = HTTPRequest(method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) })
    require(request.path.utf8.first == UInt8(ascii: "/"), "a path that is none")
    let mark = request.target.utf8.contains(UInt8(ascii: "?")) ? "?" : ""
    require(request.path + mark + request.query == request.target, "the target was cut wrong")

    let wantsWebSocket = UpgradeFields.wantWebSocket(head)
    let decision = table.decide(path: request.path, query: request.query, wantsWebSocket: wantsWebSocket)
    require(wantsWebSocket || decision == .polling || decision == .http, "an upgrade nobody asked for")
    let query = RequestQuery(request.query)
    let outcome = try? RequestCheck(transports: [.polling, .webSocket]).judge(
      query, isGet: head.method == .GET, isUpgrade: wantsWebSocket, originIsLegal: true, isAllowed: { true })
    // Two readers of one query: the table and the check must never take a request for different things.
    require(query.transport == nil || query.transport == request.queryValue("transport"), "two readers of the transport disagree")
    require(query.sessionID == nil || query.sessionID == request.queryValue("sid"), "two readers of the session id disagree")
    if case .open(.webSocket)? = outcome { require(wantsWebSocket, "a websocket session without an upgrade") }
    if wantsWebSocket, UpgradeFields.refusal(head) == nil { checkAnswer(request) }
  }

  private static func head(_ input: UnsafeRawBufferPointer) -> HTTPRequestHead? {
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self)
    }
    let words = lines[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, lines.count < 100 else { return nil }
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
      // The decoder in front lets no other names through, and the container traps on them.
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex, line[..<colon].utf8.allSatisfy({ $0 < 0x80 }) else { continue }
      headers.add(name: String(line[..<colon]), value: String(line[line.index(after: colon)...].drop { $0 == " " }))
    }
    return HTTPRequestHead(
      version: words[2] == "HTTP/1.0" ? .http1_0 : .http1_1, method: HTTPMethod(rawValue: words[0]), uri: words[1], headers: headers)
  }

  private static func checkAccepted(_ head: HTTPRequestHead, _ length: BodyLength) {
    require(head.headers["host"].count <= 1, "two hosts")
    require(head.headers["content-length"].count + head.headers["transfer-encoding"].count <= 1, "two body lengths")
    if case .bytes(let count) = length { require(count > 0 && head.headers["content-length"].count == 1, "a length out of nothing") }
    for (name, value) in head.headers {
      let isOneLine = (name + value).utf8.allSatisfy { $0 != 0x0D && $0 != 0x0A && $0 != 0 }
      require(!name.isEmpty && isOneLine, "a field that breaks out of its line")
    }
  }

  private static func checkAnswer(_ request: HTTPRequest) {
    let accept = Handshake.accept(for: request.header("Sec-WebSocket-Key") ?? "")
    require(accept.utf8.count == 28, "an accept key that is none")
    if let name = UpgradeFields.subprotocol(request) { require(name.utf8.allSatisfy(\.isToken), "a subprotocol that is no token") }
    for keepsContext in [false, true] { checkAgreement(request, keepsContext) }
  }

  private static func checkAgreement(_ request: HTTPRequest, _ keepsContext: Bool) {
    var options = CompressionOptions()
    options.keepsContext = keepsContext
    guard let agreement = UpgradeFields.agree(options, with: request) else { return }
    require(request.header("Sec-WebSocket-Extensions") != nil, "agreed on what nobody offered")
    require((9...15).contains(agreement.serverWindowBits) && (8...15).contains(agreement.clientWindowBits), "a window that is none")
    require(agreement.field.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "a field that breaks out of its line")
    require(keepsContext || !agreement.serverKeepsContext && !agreement.clientKeepsContext, "contexts that are not configured")
    let (server, client) = (agreement.serverKeepsContext, agreement.clientKeepsContext)
    let memory =
      (server ? Deflater.footprint(windowBits: agreement.serverWindowBits) : 0)
      + (client ? Inflater.footprint(windowBits: agreement.clientWindowBits) : 0)
    require(memory <= options.memory, "contexts over their limit")
    // The answer names what both know: offered itself, it is agreed on as it is.
    require(keepsContext || options.policy.agree(on: [agreement.field])?.field == agreement.field, "read again it differs")
  }
}
