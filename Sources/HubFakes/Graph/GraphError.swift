import OrderedJSON

/// An error as the Graph API spells it.
struct GraphError: Error, Sendable, Equatable {
  let status: Int
  let code: Int
  let title: String
  var details: String?
  var subcode: Int?

  /// An error by its number, with the status and the title that go with it.
  init(_ code: Int, _ details: String? = nil, status: Int? = nil) {
    let known = Self.known[code]
    self.code = code
    self.status = status ?? known?.0 ?? 400
    title = known?.1 ?? "Unknown error"
    self.details = details ?? known?.2
    subcode = code == 131_056 ? 2_494_055 : nil
  }

  private static let known: [Int: (Int, String, String?)] = [
    0: (401, "AuthException", nil),
    1: (500, "API Unknown", nil),
    2: (503, "API Service", "Temporary due to downtime or due to being overloaded."),
    3: (500, "API Method", nil),
    4: (400, "Application request limit reached", nil),
    10: (403, "Application does not have permission for this action", nil),
    33: (400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: (400, "Invalid parameter", nil),
    190: (401, "Invalid OAuth access token - Cannot parse access token", nil),
    368: (403, "Temporarily blocked for policies violations", nil),
    80_007: (429, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130_429: (429, "Rate limit hit", "Cloud API message throughput has been reached."),
    130_472: (400, "User's number is part of an experiment", nil),
    130_497: (403, "Business account is restricted from messaging users in this country.", nil),
    131_000: (500, "Something went wrong", nil),
    131_005: (403, "Access denied", nil),
    131_008: (400, "Required parameter is missing", nil),
    131_009: (400, "Parameter value is not valid", nil),
    131_016: (500, "Service unavailable", nil),
    131_021: (400, "Recipient cannot be sender", "Recipient phone number is the sender's own"),
    131_026: (400, "Message undeliverable", "Message Undeliverable."),
    131_030: (400, "Recipient phone number not in allowed list", nil),
    131_031: (403, "Account has been locked", nil),
    131_037: (400, "WhatsApp provided number needs display name approval before message can be sent.", nil),
    131_042: (400, "Business eligibility payment issue", nil),
    131_045: (500, "Incorrect certificate", nil),
    131_047: (
      400, "Re-engagement message",
      "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
    ),
    131_048: (400, "Spam rate limit hit", nil),
    131_049: (400, "This message was not delivered to maintain healthy ecosystem engagement.", nil),
    131_050: (400, "User has opted out of marketing messages", nil),
    131_051: (400, "Unsupported message type", nil),
    131_052: (400, "Media download error", nil),
    131_053: (400, "Media upload error", nil),
    131_056: (400, "Pair rate limit hit", "Too many messages to the same recipient"),
    131_057: (503, "Account in maintenance mode", nil),
    131_062: (400, "BSUID recipients are not supported for this template", nil),
    132_000: (400, "Number of parameters does not match the expected number of params", nil),
    132_001: (404, "Template name does not exist in the translation", nil),
    133_010: (400, "Account not registered", nil),
    135_000: (500, "Generic user error", nil),
    137_000: (400, "Recipient identity key hash mismatch", nil),
  ]

  /// The body of an answer.
  func answer(trace: String) -> FakeAnswer {
    var error: JSONObject = [
      "message": .string("(#\(code)) \(title)"), "type": "OAuthException", "code": .number(JSONNumber(Int64(code))),
    ]
    if let details { error["error_data"] = ["messaging_product": "whatsapp", "details": .string(details)] }
    if let subcode { error["error_subcode"] = .number(JSONNumber(Int64(subcode))) }
    error["fbtrace_id"] = .string(trace)
    return .json(status, ["error": .object(error)])
  }

  /// An element of a status' `errors`.
  var element: JSONValue {
    var element: JSONObject = ["code": .number(JSONNumber(Int64(code))), "title": .string(title), "message": .string(title)]
    if let details { element["error_data"] = ["details": .string(details)] }
    element["href"] = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
    return .object(element)
  }
}
