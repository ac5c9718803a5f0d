internal import OrderedJSON

/// A token taken apart, nothing of it believed yet (RFC 7515 section 7.1).
struct SignedToken {
  let header: JSONObject
  let claims: JSONObject
  let signature: [UInt8]
  /// What the signature is over: header and claims as they were spelled.
  let content: ArraySlice<UInt8>

  init(_ token: String) throws(TokenFault) {
    let bytes = Array(token.utf8)
    guard bytes.count <= JWTOptions.maximumBytes else { throw .tooLarge }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { throw .malformed }
    header = try Self.object(parts[0])
    claims = try Self.object(parts[1])
    // A critical extension changes what the signature means; the hub knows none (RFC 7515 section 4.1.11).
    guard header["crit"] == nil else { throw .malformed }
    self.signature = signature
    content = bytes[..<parts[1].endIndex]
  }

  private static func object(_ part: ArraySlice<UInt8>) throws(TokenFault) -> JSONObject {
    guard let bytes = Base64URL.decode(part), let object = (try? JSONValue(parsing: bytes, maxDepth: 32))?.object else { throw .malformed }
    return object
  }
}
