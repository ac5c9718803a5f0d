public import HubModel
public import NIOCore

/// One HTTP request to outside, judged and with its secrets in place.
public struct OutboundRequest: Sendable {
  /// A piece of the body.
  public enum Part: Sendable {
    /// Bytes at hand.
    case bytes(ByteBuffer)
    /// A file, streamed as it is or as Base64.
    case file(OutboundFile, isBase64: Bool)

    /// How many bytes it is on the wire.
    public var length: Int {
      switch self {
      case .bytes(let bytes): bytes.readableBytes
      case .file(let file, isBase64: false): file.size
      case .file(let file, isBase64: true): (file.size + 2) / 3 * 4
      }
    }
  }

  /// Upper case.
  public var method: String
  /// Where to.
  public var url: OutboundURL
  /// In order.
  public var headers: [(String, String)] = []
  /// The body's pieces in order; none: no body.
  public var parts: [Part] = []
  /// From now to the end of the answer.
  public var timeout: Duration = .seconds(30)
  /// Whether only addresses of the public internet may be connected to.
  public var isGuarded = false
  /// The PEM file of a private authority that is believed instead of the system's; nil: the system's.
  public var authority: String?

  /// A request without headers and body.
  public init(method: String, url: OutboundURL) {
    self.method = method
    self.url = url
  }
}

/// A file that is sent.
public struct OutboundFile: Sendable, Hashable {
  /// Where it is.
  public var path: String
  /// How many bytes of it are sent.
  public var size: Int

  /// A file of this size.
  public init(path: String, size: Int) {
    self.path = path
    self.size = size
  }
}

/// Why a request came to nothing.
public struct OutboundFailure: Error, Sendable, Hashable {
  /// What happened.
  public enum Reason: String, Sendable {
    /// The guard refused the address.
    case guarded
    /// The name has no address.
    case unresolved
    /// No connection to the address.
    case unreachable
    /// No trust.
    case tls
    /// Not done in time.
    case timeout
    /// The connection ended, or what came over it wasn't HTTP.
    case broken
    /// The answer is larger than wanted.
    case tooLarge = "too_large"
    /// A file of the body can't be read.
    case file
    /// Whoever asked waits no longer.
    case cancelled
  }

  /// What happened.
  public var reason: Reason
  /// Whether any byte of the request may have left.
  public var wasWritten: Bool
  /// One line for a person.
  public var text: String

  /// A failure with its reason.
  public init(_ reason: Reason, wasWritten: Bool, _ text: String) {
    self.reason = reason
    self.wasWritten = wasWritten
    self.text = text
  }
}
