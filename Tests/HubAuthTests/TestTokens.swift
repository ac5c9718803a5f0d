import HubAuth
import OrderedJSON

/// A fixed moment: 2026-01-05T12:00:00Z.
let noon: Int64 = 1_767_614_400_000
let secret = Array("0123456789abcdef0123456789abcdef".utf8)
let otherSecret = Array("fedcba9876543210fedcba9876543210".utf8)

/// Claims of a good token at noon.
func goodClaims(_ changes: JSONObject = [:], without removed: [String] = []) -> JSONObject {
  var claims: JSONObject = ["sub": "ana", "tenantId": "demo", "exp": .number(JSONNumber(noon / 1000 + 600))]
  for change in changes { claims[change.key] = change.value }
  for name in removed { claims[name] = nil }
  return claims
}

func verifier(_ options: JWTOptions = JWTOptions(), key: [UInt8] = secret, id: String? = nil) async throws -> JWTVerifier {
  try await JWTVerifier(options: options, keys: [TokenKey.hmac(secret: key, id: id)])
}

func token(_ claims: JSONObject = goodClaims(), key: [UInt8] = secret, id: String? = nil) async throws -> String {
  try await TokenMaker(key: TokenKey.hmac(secret: key, id: id)).token(claims: claims)
}

/// Base64url as any outsider writes it, so that tests don't lean on the code under test.
func base64url(_ bytes: some Sequence<UInt8>) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
  let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
  return stride(from: 0, to: bits.count, by: 6).reduce(into: "") { output, start in
    let group = (0..<6).map { start + $0 < bits.count ? bits[start + $0] : 0 }
    output.append(alphabet[Int(group.reduce(0) { $0 << 1 | $1 })])
  }
}
