import OrderedJSON

/// The numbered refusals of an Engine.IO request.
///
/// Source: the reference server's table (engine.io `Server.errors`); clients and suites look at code and text.
public enum RequestError: Int, Error, Sendable, Hashable, CaseIterable {
  /// The transport is missing, unknown or not offered.
  case transportUnknown = 0
  /// No session has this id.
  case sessionUnknown
  /// A session can only be opened by GET.
  case badHandshakeMethod
  /// The request does not fit the session or the transport.
  case badRequest
  /// The application said no.
  case forbidden
  /// Not Engine.IO protocol 4.
  case unsupportedVersion

  /// The text that goes with the code.
  public var message: String {
    switch self {
    case .transportUnknown: "Transport unknown"
    case .sessionUnknown: "Session ID unknown"
    case .badHandshakeMethod: "Bad handshake method"
    case .badRequest: "Bad request"
    case .forbidden: "Forbidden"
    case .unsupportedVersion: "Unsupported protocol version"
    }
  }

  /// The HTTP status: 403 for ``forbidden``, 400 for the rest.
  public var status: Int { self == .forbidden ? 403 : 400 }

  /// The JSON body of the answer; `message` replaces the text that goes with the code.
  public func body(message: String? = nil) -> [UInt8] {
    var body = Array(#"{"code":\#(rawValue),"message":"#.utf8)
    JSONText.writeString(message ?? self.message, to: &body)
    body.append(UInt8(ascii: "}"))
    return body
  }
}
