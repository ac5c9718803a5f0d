import CHubPlugin
import Synchronization

/// A request to outside. The hub owns connections, TLS and limits, and follows no redirect.
public struct HubOutboundRequest: Sendable {
  /// A piece of the body.
  public enum Part: Sendable, Hashable {
    /// Bytes at hand.
    case bytes([UInt8])
    /// The file of an upload, by its id, streamed as it is or as Base64.
    case upload(String, base64: Bool = false)
  }

  /// Upper case.
  public var method: String
  /// `http` or `https`, without user and fragment.
  public var url: String
  /// In order. A value that is a secret handle of the config, or ends in one after a space (`Bearer secret://…`), is replaced by the hub.
  /// Host and Content-Length are the hub's.
  public var headers: [(name: String, value: String)] = []
  /// The body is the parts after one another; none: no body.
  public var parts: [Part] = []
  /// Whether the URL came from outside: then only addresses of the public internet are connected to, and hosts that `egress` names.
  public var isForeign = false
  /// From now to the end of the answer, at most ten minutes.
  public var timeout: Duration = .seconds(30)
  /// The largest answer that is wanted, at most 64 MiB.
  public var maxBody: UInt64 = 1 << 20
  /// The PEM file of a private authority that is believed instead of the system's; nil: the system's.
  public var authority: String?
  /// As received with what led to this request.
  public var cause = ""

  /// A request without headers and body.
  public init(_ method: String, _ url: String) {
    self.method = method
    self.url = url
  }

  /// A request with a body of one piece.
  public init(_ method: String, _ url: String, contentType: String, body: [UInt8]) {
    self.init(method, url)
    headers = [("Content-Type", contentType)]
    parts = [.bytes(body)]
  }
}

/// Why a request to outside has no answer.
public struct HubHTTPFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// `denied`: not within `egress`, or the guard; `failed`: no connection, or it broke off; `timeout`; `invalid`: the request makes no sense, an
  /// upload is not there, or the answer is too large; `busy`: too much is under way; `closed`: the adapter has ended; `unsupported`.
  public let code: HubError.Code
  /// Whether any byte of the request may have left; if not, it was surely not sent.
  public let wasWritten: Bool
  /// One line for a person.
  public let message: String

  /// A failure with its reason.
  public init(_ code: HubError.Code, wasWritten: Bool, _ message: String) {
    self.code = code
    self.wasWritten = wasWritten
    self.message = message
  }

  /// The reason.
  public var description: String { message.isEmpty ? "\(code)" : message }
}

extension HubHTTPResponse {
  /// The first header of that name, whatever its case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.utf8.elementsEqual(name.utf8) { $0 | 0x20 == $1 | 0x20 } }?.value
  }

  init(_ raw: hub_http_message) {
    let headers = UnsafeBufferPointer(start: raw.headers, count: raw.headers == nil ? 0 : Int(raw.n_headers))
    self.init(status: raw.status, headers: headers.map { ($0.name.string, $0.value.string) }, body: raw.body.array)
  }
}

/// Makes requests to outside. Callable from any thread.
public struct HubHTTPClient: Sendable {
  /// How a request ended.
  public typealias Outcome = Result<HubHTTPResponse, HubHTTPFailure>

  let services: HubServices

  /// Sends a request; `completion` is called once, on another thread. Every status is an answer, also 500.
  public func send(_ request: HubOutboundRequest, completion: @escaping @Sendable (Outcome) -> Void) {
    let table: UnsafePointer<hub_http_client_1>
    do { table = try services.table("hub.http-client/1", as: hub_http_client_1.self) } catch {
      return completion(.failure(HubHTTPFailure(.unsupported, wasWritten: false, "\(error)")))
    }
    let requests = services.outbound
    let call = PendingRequests.Call(completion)
    let token = services.pending.add { status, body in
      call.finish(.failure(HubHTTPFailure(HubError.Code(rawValue: status) ?? .failed, wasWritten: true, body.string)))
    }
    requests.add(token, call)
    let status = request.lend { table.pointee.send(services.host, $0, token) }
    if status != hub_status.ok, services.pending.take(token) != nil {
      requests.take(token)?.finish(
        .failure(HubHTTPFailure(HubError.Code(rawValue: status) ?? .failed, wasWritten: false, "the request was refused")))
    }
  }

  /// Sends a request and waits for the answer. Every status is an answer, also 500.
  public func send(_ request: HubOutboundRequest) async throws(HubHTTPFailure) -> HubHTTPResponse {
    try await withCheckedContinuation { continuation in send(request) { continuation.resume(returning: $0) } }.get()
  }
}

extension HubServices {
  /// Requests to outside.
  public var http: HubHTTPClient { HubHTTPClient(services: self) }

  /// The host ended one of them.
  func finish(_ token: hub_token, _ outcome: HubHTTPClient.Outcome) {
    guard pending.take(token) != nil else { return }
    outbound.take(token)?.finish(outcome)
  }
}

/// The requests under way, by token.
final class PendingRequests: Sendable {
  /// One request, ended once.
  final class Call: Sendable {
    private let completion: Mutex<(@Sendable (HubHTTPClient.Outcome) -> Void)?>

    init(_ completion: @escaping @Sendable (HubHTTPClient.Outcome) -> Void) { self.completion = Mutex(completion) }

    var isFinished: Bool { completion.withLock { $0 == nil } }

    func finish(_ outcome: HubHTTPClient.Outcome) { completion.withLock { $0.take() }?(outcome) }
  }

  private let calls = Mutex<[hub_token: Call]>([:])

  func add(_ token: hub_token, _ call: Call) {
    calls.withLock { if !call.isFinished { $0[token] = call } }
  }

  func take(_ token: hub_token) -> Call? { calls.withLock { $0.removeValue(forKey: token) } }
}

extension HubOutboundRequest {
  func lend(_ body: (UnsafePointer<hub_http_request_1>) -> hub_status) -> hub_status {
    var arena = TextArena(capacity: 1024)
    let texts = [method, url, cause, authority ?? ""].map { arena.add($0) }
    let fields = headers.map { (arena.add($0.name), arena.add($0.value)) }
    let pieces = parts.map { part -> (form: Int, value: TextArena.Slice) in
      switch part {
      case .bytes(let bytes): (HUB_BODY_BYTES, arena.add(bytes))
      case .upload(let id, let base64): (base64 ? HUB_BODY_UPLOAD_BASE64 : HUB_BODY_UPLOAD, arena.add(id))
      }
    }
    return arena.withPointers { pointer in
      fields.map { hub_pair(name: pointer($0.0), value: pointer($0.1)) }.withUnsafeBufferPointer { headers in
        pieces.map { hub_body_part_1(form: Int32($0.form), value: pointer($0.value)) }.withUnsafeBufferPointer { parts in
          var raw = hub_http_request_1()
          (raw.method, raw.url, raw.cause, raw.ca_file) = (pointer(texts[0]), pointer(texts[1]), pointer(texts[2]), pointer(texts[3]))
          (raw.headers, raw.n_headers) = (headers.baseAddress, UInt32(headers.count))
          (raw.parts, raw.n_parts) = (parts.baseAddress, UInt32(parts.count))
          raw.flags = isForeign ? UInt32(HUB_HTTP_FOREIGN) : 0
          raw.timeout_ms = UInt32(
            clamping: max(1, timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000))
          raw.max_body = maxBody
          return withUnsafePointer(to: raw, body)
        }
      }
    }
  }
}
