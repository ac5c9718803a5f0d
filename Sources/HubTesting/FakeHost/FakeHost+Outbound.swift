import CHubPlugin
public import HubPluginSDK
public import OrderedJSON
import Synchronization

extension FakeHost {
  /// A request to outside that the adapter made.
  public struct OutboundRequest: Sendable {
    /// As given.
    public var method, url, cause: String
    /// In order; secret handles stay handles.
    public var headers: [(name: String, value: String)]
    /// The body's pieces.
    public var parts: [HubOutboundRequest.Part]
    /// Whether the URL came from outside.
    public var isForeign: Bool
    /// Milliseconds; 0: the hub's own.
    public var timeout: UInt32
    /// The largest answer that is wanted.
    public var maxBody: UInt64
    /// The file of the private authority that is to be believed; nil: the system's.
    public var authority: String?

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// The pieces that are bytes, after one another.
    public var body: [UInt8] {
      parts.reduce(into: []) { body, part in
        if case .bytes(let bytes) = part { body += bytes }
      }
    }

    /// The body as JSON; null when it is none.
    public var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    init(_ raw: hub_http_request_1) {
      (method, url, cause) = (raw.method.string, raw.url.string, raw.cause.string)
      headers = UnsafeBufferPointer(start: raw.headers, count: Int(raw.n_headers)).map { ($0.name.string, $0.value.string) }
      parts = UnsafeBufferPointer(start: raw.parts, count: Int(raw.n_parts)).map { part in
        part.form == Int32(HUB_BODY_BYTES)
          ? .bytes(part.value.array) : .upload(part.value.string, base64: part.form == Int32(HUB_BODY_UPLOAD_BASE64))
      }
      isForeign = raw.flags & UInt32(HUB_HTTP_FOREIGN) != 0
      (timeout, maxBody) = (raw.timeout_ms, raw.max_body)
      authority = raw.ca_file.len > 0 ? raw.ca_file.string : nil
    }
  }

  /// What a request to outside comes to.
  public enum OutboundAnswer: Sendable {
    /// An answer of the server.
    case response(HubHTTPResponse)
    /// No answer.
    case failure(HubError.Code, wasWritten: Bool, String)
    /// The hub refuses the request at once.
    case refused(HubError.Code)
    /// Nothing yet: see ``FakeHost/answerOutbound(_:)``.
    case held

    /// An answer in JSON.
    public static func json(_ value: JSONValue, status: Int32 = 200) -> OutboundAnswer { .response(.json(value, status: status)) }
  }

  /// Answers the oldest request to outside that waits.
  public func answerOutbound(_ answer: OutboundAnswer) {
    guard let token = state.withLock({ $0.heldRequests.isEmpty ? nil : $0.heldRequests.removeFirst() }) else { return }
    finish(token, answer)
  }

  func take(_ request: OutboundRequest, _ token: hub_token) -> hub_status {
    let script = state.withLock { state in
      state.outboundRequests.append(request)
      return state.outbound
    }
    let answer = script(request)
    if case .refused(let code) = answer { return code.rawValue }
    guard owe(token) else { return hub_status(HUB_ECLOSED) }
    if case .held = answer {
      state.withLock { $0.heldRequests.append(token) }
    } else {
      finish(token, answer)
    }
    return 0
  }

  private func finish(_ token: hub_token, _ answer: OutboundAnswer) {
    guard let adapter = loaded, let table = adapter.table("hub.http-client/1", as: hub_http_client_instance_1.self), settle(token) else {
      return
    }
    switch answer {
    case .response(let response):
      var arena = TextArena(capacity: response.body.count + 256)
      let fields = response.headers.map { (arena.add($0.name), arena.add($0.value)) }
      let body = arena.add(response.body)
      arena.withPointers { pointer in
        fields.map { hub_pair(name: pointer($0.0), value: pointer($0.1)) }.withUnsafeBufferPointer { headers in
          var raw = hub_http_message()
          (raw.status, raw.body) = (response.status, pointer(body))
          (raw.headers, raw.n_headers) = (headers.baseAddress, UInt32(headers.count))
          table.pointee.response(adapter.instance, token, &raw)
        }
      }
    case .failure(let code, let wasWritten, let reason):
      reason.withHubStr { table.pointee.failed(adapter.instance, token, code.rawValue, wasWritten ? 1 : 0, $0) }
    case .refused, .held: break
    }
  }
}

extension HostTables {
  nonisolated(unsafe) static let httpClient = permanent(
    hub_http_client_1(send: { host, request, token in
      guard let request else { return hub_status(HUB_EINVAL) }
      let sent = FakeHost.OutboundRequest(request.pointee)
      return HostTables.of(host)?.take(sent, token) ?? hub_status(HUB_ECLOSED)
    }))
}
