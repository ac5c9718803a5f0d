/// The head of a request that is complete and as plain as nearly all are, found in one pass over its bytes.
///
/// What it takes, the general way takes with the same meaning; what is incomplete, unusual or wrong it leaves to the general way,
/// which knows the refusals. So this is a short cut and never a second opinion.
struct PlainHead {
  /// What a request asks for.
  enum Purpose: Equatable {
    /// An answer. So many bytes of body follow.
    case answer(body: Int)
    /// A websocket, with handshake fields that are in order.
    case webSocket
  }

  let isGet: Bool
  let target: Range<Int>
  let fields: [HTTPFields.Place]
  let purpose: Purpose
  /// Where the head ends.
  let end: Int

  var bodyLength: Int { if case .answer(let length) = purpose { length } else { 0 } }

  /// Reads the head at the start of `bytes`; nil when it isn't there as a whole, or isn't plain.
  init?(_ bytes: UnsafeRawBufferPointer, limits: HTTPLimits) {
    let start: Int
    switch bytes.first {
    case UInt8(ascii: "G"): start = Self.end(of: "GET ", in: bytes, at: 0)
    case UInt8(ascii: "P"): start = Self.end(of: "POST ", in: bytes, at: 0)
    default: return nil
    }
    var index = start
    guard start > 0, index < bytes.count, bytes[index] == UInt8(ascii: "/") else { return nil }
    while index < bytes.count, bytes[index].isVisibleASCII, bytes[index] != UInt8(ascii: "#") { index += 1 }
    target = start..<index
    index = Self.end(of: " HTTP/1.1\r\n", in: bytes, at: index)
    guard index > 0 else { return nil }
    var reader = PlainFields(bytes, from: index)
    guard reader.readAll() else { return nil }
    isGet = bytes[0] == UInt8(ascii: "G")
    fields = reader.places
    end = reader.index
    guard limits.headBytes == 0 || end <= limits.headBytes, limits.headFields == 0 || fields.count <= limits.headFields,
      let purpose = reader.purpose(isGet: isGet)
    else { return nil }
    self.purpose = purpose
  }

  private static func end(of text: StaticString, in bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let end = index + text.utf8CodeUnitCount
    guard end <= bytes.count else { return 0 }
    for offset in 0..<text.utf8CodeUnitCount where bytes[index + offset] != text.utf8Start[offset] { return 0 }
    return end
  }
}
