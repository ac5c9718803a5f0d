import HubPluginSDK

/// A file that goes to the provider before the message that shows it: `POST /{phone-number-id}/media`, multipart (RFC 7578).
struct MediaUpload: Hashable, Sendable {
  /// The hub's id of the file, `med_…`.
  let id: String
  let mimeType: String
  let fileName: String
  /// In bytes; nil when nobody said.
  let size: Int64?

  init(_ id: String, _ media: HubMedia, _ member: String) throws(HubError) {
    guard let mimeType = media.mimeType, Self.isHeaderText(mimeType) else {
      throw HubError(.invalid, "\(member).mimeType is missing or no media type")
    }
    (self.id, self.mimeType, size) = (id, mimeType, media.size)
    fileName = media.fileName.flatMap { $0.isEmpty ? nil : $0 } ?? media.kind.rawValue
  }

  /// How long the upload may take: a line that is slower than this is none. The hub gives no request more than ten minutes.
  var timeout: Duration {
    let bytesPerSecond: Int64 = 256 << 10
    return min(.seconds(30 + (size ?? .max / 2) / bytesPerSecond), .seconds(600))
  }

  /// - Parameter salt: makes the boundary one that nobody who chose the file could know.
  func request(account: String, salt: String) -> GraphRequest {
    let boundary = "hub-" + HubHex.text(Fingerprint.sha256(Array("\(id) \(salt)".utf8)).prefix(16))
    let fields = [("messaging_product", "whatsapp"), ("type", mimeType)].map { name, value in
      "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }
    let file =
      "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(Self.quoted(fileName))\"\r\nContent-Type: \(mimeType)\r\n\r\n"
    return GraphRequest(
      method: "POST", path: [account, "media"], contentType: "multipart/form-data; boundary=\(boundary)",
      parts: [.bytes(Array((fields.joined() + file).utf8)), .upload(id), .bytes(Array("\r\n--\(boundary)--\r\n".utf8))])
  }

  /// As browsers write names into forms (WHATWG, multipart/form-data encoding algorithm).
  private static func quoted(_ name: String) -> String {
    name.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\"": text += "%22"
      case "\r": text += "%0D"
      case "\n": text += "%0A"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  private static func isHeaderText(_ text: String) -> Bool {
    text.contains("/") && text.utf8.count <= 255 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}
