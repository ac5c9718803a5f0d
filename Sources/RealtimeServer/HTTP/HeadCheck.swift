import NIOCore
import NIOHTTP1

/// How a request's body is delimited.
enum BodyLength: Equatable {
  case none
  case bytes(Int)
  case chunked
}

/// A request that the listener itself refuses, and the status that says so.
struct HTTPRefusal: Error, Equatable {
  var status: Int
  /// Nil when the status says all.
  var reason: String?
  /// The methods to use instead.
  var allow: String?
  /// The codings of bodies to use instead.
  var acceptEncoding: String?
  /// After what time the client may ask again, when that helps.
  var retryAfter: TimeAmount?
  /// Whether the connection ends with it.
  var closes = true
}

/// The rules for heads that the decoder leaves to its user: one valid `Host`, origin form only, one way to delimit the body
/// (RFC 9112 §3.2, §6.3). A breach may be an attempt at smuggling, so the connection ends with it.
enum HeadCheck {
  static func bodyLength(of head: HTTPRequestHead) throws(HTTPRefusal) -> BodyLength {
    guard head.uri.utf8.first == UInt8(ascii: "/"), head.uri.utf8.allSatisfy({ $0.isVisibleASCII || $0 >= 0x80 }) else {
      throw HTTPRefusal(status: 400, reason: "request target not in origin form")
    }
    var (hosts, origins) = (0, 0)
    var lengths: [String] = []
    var encodings: [String] = []
    for (name, value) in head.headers {
      guard name.utf8.allSatisfy(\.isToken), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw HTTPRefusal(status: 400, reason: "illegal character in a field")
      }
      switch name.utf8.count {
      case 4 where name.equalsIgnoringASCIICase("host"):
        hosts += 1
        guard isHost(value.utf8) else { throw HTTPRefusal(status: 400, reason: "bad host") }
      // Whoever judges one of two would leave the other to whoever comes after.
      case 6 where name.equalsIgnoringASCIICase("origin"): origins += 1
      case 14 where name.equalsIgnoringASCIICase("content-length"): lengths.append(value)
      case 17 where name.equalsIgnoringASCIICase("transfer-encoding"): encodings.append(value)
      default: break
      }
    }
    guard hosts == 1 || (hosts == 0 && head.version.minor == 0) else { throw HTTPRefusal(status: 400, reason: "not one host") }
    guard origins <= 1 else { throw HTTPRefusal(status: 400, reason: "more than one origin") }
    guard lengths.count + encodings.count <= 1 else { throw HTTPRefusal(status: 400, reason: "ambiguous body length") }
    if let encoding = encodings.first {
      guard encoding.equalsIgnoringASCIICase("chunked"), head.version.minor > 0 else {
        throw HTTPRefusal(status: 400, reason: "unsupported transfer encoding")
      }
      return .chunked
    }
    guard let text = lengths.first else { return .none }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else {
      throw HTTPRefusal(status: 400, reason: "bad content length")
    }
    return length == 0 ? .none : .bytes(length)
  }

  /// The refusal of a body that is compressed, nil when it isn't. Routes get bodies as they were signed, and a few bytes that stand
  /// for very many never become them.
  static func codingRefusal(of head: HTTPRequestHead) -> HTTPRefusal? {
    guard let coding = head.headers.first(name: "content-encoding"), !coding.equalsIgnoringASCIICase("identity") else { return nil }
    return HTTPRefusal(status: 415, reason: "the body must not be encoded", acceptEncoding: "identity")
  }

  /// `uri-host [":" port]` (RFC 9110 §7.2), by its characters.
  static func isHost(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    var host = text[...]
    if let colon = host.lastIndex(of: UInt8(ascii: ":")), host.last != UInt8(ascii: "]") {
      let port = host[host.index(after: colon)...]
      guard port.count <= 5, port.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
      host = host[..<colon]
    }
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
      return host.count > 2 && host.dropFirst().dropLast().allSatisfy { $0 == 0x3A || $0 == 0x2E || $0 == 0x25 || $0.isHostCharacter }
    }
    return !host.isEmpty && host.allSatisfy(\.isHostCharacter)
  }
}

extension UInt8 {
  fileprivate var isHostCharacter: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
    default: false
    }
  }
}
