import NIOCore
import WebSocketFrames

/// The codings of answers (RFC 9110 §8.4.1).
enum ContentCoding: String, CaseIterable {
  case gzip
  case deflate

  private var format: Deflater.Format { self == .gzip ? .gzip : .zlib }

  /// The coding that a request likes best; nil when it accepts none. Of equal ones the first in the field counts, as in the
  /// reference server.
  static func preferred(by request: HTTPRequest) -> ContentCoding? {
    let fields = request.fields.all("Accept-Encoding").joined(separator: ",")
    guard fields.isEmpty == false else { return nil }
    var ranks: [(coding: ContentCoding, quality: Int)] = []
    var others: Int?
    for element in fields.split(separator: ",") {
      let parts = element.split(separator: ";", omittingEmptySubsequences: false).map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      let quality = Self.quality(parts.dropFirst())
      if parts[0] == "*" {
        others = quality
      } else if let coding = ContentCoding(rawValue: parts[0]) ?? (parts[0] == "x-gzip" ? .gzip : nil) {
        ranks.append((coding, quality))
      }
    }
    if let others {
      for coding in allCases where ranks.contains(where: { $0.coding == coding }) == false { ranks.append((coding, others)) }
    }
    let best = ranks.map(\.quality).max() ?? 0
    return best > 0 ? ranks.first { $0.quality == best }?.coding : nil
  }

  /// Thousandths; what cannot be read is taken for a refusal.
  private static func quality(_ parameters: ArraySlice<String>) -> Int {
    guard let parameter = parameters.first(where: { $0.hasPrefix("q=") }) else { return 1000 }
    let digits = Array(parameter.utf8.dropFirst(2))
    guard let whole = digits.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1"), digits.count <= 5,
      digits.count == 1 || digits[1] == UInt8(ascii: "."), digits.dropFirst(2).allSatisfy({ (0x30...0x39).contains($0) })
    else { return 0 }
    if whole == UInt8(ascii: "1") { return 1000 }
    return (0..<3).reduce(0) { $0 * 10 + (digits.count > $1 + 2 ? Int(digits[$1 + 2]) - 0x30 : 0) }
  }

  /// Compresses the answer as the request likes it best, when it is long enough.
  static func apply(from threshold: Int, to response: inout HTTPResponse, for request: HTTPRequest, _ pool: CompressorPool) {
    guard response.body.readableBytes >= threshold else { return }
    response.headers.append(("Vary", "Accept-Encoding"))
    guard let coding = preferred(by: request) else { return }
    var body: [UInt8] = []
    response.body.withUnsafeReadableBytes { pool[coding.format].compress($0, to: &body) }
    response.headers.append(("Content-Encoding", coding.rawValue))
    response.body = ByteBuffer(bytes: body)
  }
}
