/// The one list of error codes a client of the hub can meet: `code` of a problem body, `data.code` of a CONNECT_ERROR.
///
/// A code never changes its meaning. docs/codes.md is generated from this list.
public enum ProblemCode: String, Sendable, Hashable, CaseIterable {
  /// 400.
  case badRequest = "bad_request"
  /// 401.
  case authMissing = "auth_missing"
  /// 401.
  case authInvalid = "auth_invalid"
  /// 401.
  case authExpired = "auth_expired"
  /// 403.
  case forbidden
  /// 403.
  case originRefused = "origin_refused"
  /// 404.
  case notFound = "not_found"
  /// 405.
  case methodNotAllowed = "method_not_allowed"
  /// 408.
  case requestTimeout = "request_timeout"
  /// 410.
  case cursorExpired = "cursor_expired"
  /// 413.
  case bodyTooLarge = "body_too_large"
  /// 415.
  case encodingUnsupported = "encoding_unsupported"
  /// 416.
  case rangeNotSatisfiable = "range_not_satisfiable"
  /// 417.
  case expectationFailed = "expectation_failed"
  /// 422.
  case invalidMessage = "invalid_message"
  /// 422.
  case idempotencyKeyReused = "idempotency_key_reused"
  /// 429.
  case rateLimited = "rate_limited"
  /// 429.
  case tooManyConnections = "too_many_connections"
  /// 431.
  case headersTooLarge = "headers_too_large"
  /// 500.
  case internalError = "internal_error"
  /// 503.
  case overloaded
  /// 503.
  case channelUnavailable = "channel_unavailable"
  /// 503.
  case journalUnavailable = "journal_unavailable"
  /// 502.
  case mediaUnavailable = "media_unavailable"
  /// 503.
  case stopping
  /// 504.
  case adapterTimeout = "adapter_timeout"

  /// HTTP status, title and help of every code.
  private static let entries: [ProblemCode: (status: Int, title: String, help: String)] = [
    .badRequest: (400, "the request can't be understood", "Read detail; the same request will fail again."),
    .authMissing: (401, "authentication required", "Send a token in auth.token or Authorization: Bearer, or an API key in X-API-Key."),
    .authInvalid: (401, "authentication failed", "Get a new token; an operator can see the reason with hub token check."),
    .authExpired: (
      401, "token expired", "Refresh the token and try again. Clocks may differ by 30 s: a token is taken so long after its exp."
    ),
    .forbidden: (403, "not allowed", "The credential is good, but lacks the role, account or conversation."),
    .originRefused: (
      403, "origin not allowed", "Pages may not use the admin listener; for the engine paths add the page's origin to server.cors.origins."
    ),
    .notFound: (404, "not found", "Check the path or id; what belongs to another tenant is not found either."),
    .methodNotAllowed: (405, "method not allowed", "Use a method of the Allow header."),
    .requestTimeout: (408, "the request took too long to arrive", "Send the whole request at once."),
    .cursorExpired: (410, "cursor expired", "The cursor is older than retention: load the state again and start at its new cursor."),
    .bodyTooLarge: (413, "body too large", "Send less; max_body and realtime.max_payload set the limits."),
    .encodingUnsupported: (415, "encoded body", "Send the body as it is, without Content-Encoding."),
    .rangeNotSatisfiable: (
      416, "nothing is there of the range", "Ask for bytes within the size that Content-Range tells, or for the whole."
    ),
    .expectationFailed: (417, "unknown expectation", "Send no Expect but 100-continue."),
    .invalidMessage: (422, "the message can't be sent as it is", "Correct the members that errors names; nothing was sent."),
    .idempotencyKeyReused: (
      422, "the idempotency key was used for another request",
      "Take a new key for a new message; repeat a request with its key and its very body."
    ),
    .rateLimited: (429, "too many requests", "Wait as long as Retry-After says; limits in hub.yaml sets the rates."),
    .tooManyConnections: (
      429, "too many connections", "Close some of the user's or tenant's others first; limits in hub.yaml sets how many there may be."
    ),
    .headersTooLarge: (431, "headers too large", "Send at most 16 KiB in 100 header fields."),
    .internalError: (500, "internal error", "Look for the X-Request-Id in the hub's logs."),
    .overloaded: (503, "overloaded", "Nothing was stored; try again after Retry-After."),
    .channelUnavailable: (503, "the channel can't be loaded", "Nothing was accepted; operators: see hub status."),
    .journalUnavailable: (503, "the journal can't be written", "Nothing was stored; try again after Retry-After. Operators: see /readyz."),
    .mediaUnavailable: (502, "the medium can't be had now", "The channel or its provider doesn't give it; try again after Retry-After."),
    .stopping: (503, "stopping", "The hub is shutting down; try again after Retry-After."),
    .adapterTimeout: (504, "no answer in time", "The adapter of this path did not answer; whether it did something is unknown. Try again."),
  ]

  /// The code of a refusal of which only the HTTP status is known.
  public init(status: Int) {
    self = Self.plain(status: status) ?? (status < 500 ? .badRequest : .internalError)
  }

  /// The code that says no more than an HTTP status does; nil when there is none with this status.
  public static func plain(status: Int) -> ProblemCode? {
    let plain: [ProblemCode] = [
      .badRequest, .authInvalid, .forbidden, .notFound, .methodNotAllowed, .requestTimeout, .bodyTooLarge, .encodingUnsupported,
      .expectationFailed, .rateLimited, .headersTooLarge, .internalError, .overloaded, .adapterTimeout,
    ]
    return plain.first { $0.status == status }
  }

  /// The HTTP status.
  public var status: Int { Self.entries[self]?.status ?? 500 }
  /// What happened, in a few words.
  public var title: String { Self.entries[self]?.title ?? rawValue }
  /// What the caller or operator can do.
  public var help: String { Self.entries[self]?.help ?? "" }
}
