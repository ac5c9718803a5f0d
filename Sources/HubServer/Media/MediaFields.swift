/// The fields of an answer with a medium. A medium comes from strangers: what a browser could run is only ever offered for download.
enum MediaFields {
  /// Types that are shown in the page; they run nothing.
  private static let shown: Set<String> = [
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp", "video/mp4", "video/3gpp", "video/webm",
    "video/quicktime",
    "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus", "audio/wav", "audio/webm", "application/pdf",
  ]

  static func fields(mimeType: String?, fileName: String?) -> [(String, String)] {
    let plain = mimeType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " } ?? ""
    let isShown = shown.contains(plain)
    return [
      ("Content-Type", isShown ? plain : "application/octet-stream"),
      ("Content-Disposition", disposition(isShown ? "inline" : "attachment", fileName)),
      ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; sandbox"),
      ("Cross-Origin-Resource-Policy", "cross-origin"), ("Referrer-Policy", "no-referrer"), ("Accept-Ranges", "bytes"),
    ]
  }

  /// RFC 6266, the name in RFC 8187's form, which takes any.
  private static func disposition(_ kind: String, _ fileName: String?) -> String {
    guard let fileName, !fileName.isEmpty else { return kind }
    let name = fileName.prefix(200).utf8.map { byte -> String in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        String(UnicodeScalar(byte))
      default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
      }
    }.joined()
    return "\(kind); filename*=UTF-8''\(name)"
  }
}
