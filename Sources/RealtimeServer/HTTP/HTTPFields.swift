import NIOCore

/// The fields of a head in the order sent. Those of a request stay the bytes they came in until somebody asks for one.
struct HTTPFields: Sendable {
  /// Where one field lies, counted from the start of the head.
  struct Place: Sendable {
    let name: Range<UInt32>
    let value: Range<UInt32>
  }

  private enum Storage: Sendable {
    case texts([(String, String)])
    case places([Place], head: ByteBuffer)
  }

  private let storage: Storage

  init(_ texts: [(String, String)]) { storage = .texts(texts) }

  /// Fields that begin at these places of `head`.
  init(_ places: [Place], in head: ByteBuffer) { storage = .places(places, head: head) }

  /// All of them, as text.
  var texts: [(String, String)] {
    switch storage {
    case .texts(let texts): texts
    case .places(let places, let head): places.map { (Self.text(of: head, $0.name), Self.text(of: head, $0.value)) }
    }
  }

  /// Lends names and values, in order, as the bytes they are.
  func withBytes<Result>(_ body: ([(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)]) -> Result) -> Result {
    switch storage {
    case .places(let places, let head):
      return head.withUnsafeReadableBytes { bytes in
        body(
          places.map { place in
            (
              UnsafeRawBufferPointer(rebasing: bytes[Int(place.name.lowerBound)..<Int(place.name.upperBound)]),
              UnsafeRawBufferPointer(rebasing: bytes[Int(place.value.lowerBound)..<Int(place.value.upperBound)])
            )
          })
      }
    case .texts(let texts):
      let bytes = texts.flatMap { Array($0.0.utf8) + Array($0.1.utf8) }
      return bytes.withUnsafeBytes { bytes in
        var end = 0
        func next(_ text: String) -> UnsafeRawBufferPointer {
          let start = end
          end += text.utf8.count
          return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        }
        return body(texts.map { (next($0.0), next($0.1)) })
      }
    }
  }

  /// The first value of a field, names compared without case.
  func first(_ name: String) -> String? {
    switch storage {
    case .texts(let texts): return texts.first { $0.0.equalsIgnoringASCIICase(name) }?.1
    case .places(let places, let head):
      guard places.isEmpty == false else { return nil }
      let place = head.withUnsafeReadableBytes { bytes in
        var name = name
        return name.withUTF8 { name in places.first { Self.equals(bytes, $0.name, name) } }
      }
      return place.map { Self.text(of: head, $0.value) }
    }
  }

  /// All values of a field.
  func all(_ name: String) -> [String] { texts.filter { $0.0.equalsIgnoringASCIICase(name) }.map(\.1) }

  private static func text(of head: ByteBuffer, _ range: Range<UInt32>) -> String {
    head.getString(at: head.readerIndex + Int(range.lowerBound), length: range.count) ?? ""
  }

  private static func equals(_ bytes: UnsafeRawBufferPointer, _ range: Range<UInt32>, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard range.count == name.count else { return false }
    let start = Int(range.lowerBound)
    for index in 0..<name.count where bytes[start + index].asciiLowercased != name[index].asciiLowercased { return false }
    return true
  }
}
