import HubModel

/// A file's text, checked to be something YAML can be read from, and its lines for the reports.
struct SourceText {
  /// Larger than any configuration; a larger file is refused before it is read.
  static let maxBytes = 1 << 20

  let text: String
  let lines: [Substring]

  init(_ text: String) {
    self.text = text
    // CR LF is one Character, so this splits at every line ending alike.
    lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
  }

  /// The text of the bytes; nil after reporting why they are none. A byte order mark is dropped.
  init?(bytes: [UInt8], file: String, report: Report) {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      report.error("not-utf8", "the file is UTF-16; save it as UTF-8", at: .init(file: file, line: 1, column: 1))
      return nil
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let offset = Self.firstInvalidByte(in: bytes)
      let hex = String(bytes[offset], radix: 16, uppercase: true)
      report.error("not-utf8", "byte 0x\(hex) is not valid UTF-8", at: Self.place(of: offset, in: bytes, file: file))
      return nil
    }
    if let offset = bytes.firstIndex(where: Self.isControl) {
      let hex = String(bytes[offset], radix: 16, uppercase: true)
      let isNUL = bytes[offset] == 0
      report.error(
        isNUL ? "nul-byte" : "control-character",
        isNUL ? "the file contains a NUL byte" : "the file contains the control character 0x\(hex)",
        at: Self.place(of: offset, in: bytes, file: file))
      return nil
    }
    self.init(text)
  }

  /// What YAML allows nowhere; the reader of libyaml would not say where it stands.
  private static func isControl(_ byte: UInt8) -> Bool { byte == 0x7F || (byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D) }

  private static func firstInvalidByte(in bytes: ArraySlice<UInt8>) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = bytes.startIndex
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded): offset += encoded.count
      case .error, .emptyInput: return min(offset, bytes.endIndex - 1)
      }
    }
  }

  private static func place(of offset: Int, in bytes: ArraySlice<UInt8>, file: String) -> Diagnostic.Place {
    let before = bytes[..<offset]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
    return Diagnostic.Place(file: file, line: line, column: column)
  }
}
