package import CHubPlugin

extension hub_str {
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: ptr, count: ptr == nil ? 0 : len) }
  package var string: String { String(decoding: bytes, as: UTF8.self) }
  package var array: [UInt8] { Array(bytes) }
}

/// Collects texts in one buffer, so that a call with many of them costs one allocation and the pointers live exactly as long as the call.
package struct TextArena {
  /// A text's place in the arena.
  package struct Slice {
    fileprivate let range: Range<Int>
  }

  private var bytes: [UInt8] = []

  package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  package mutating func add(_ text: String) -> Slice {
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    return Slice(range: start..<bytes.count)
  }

  package mutating func add(_ data: [UInt8]) -> Slice {
    let start = bytes.count
    bytes.append(contentsOf: data)
    return Slice(range: start..<bytes.count)
  }

  package func withPointers<Result>(_ body: ((Slice) -> hub_str) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { buffer in
      body { slice in
        guard let base = buffer.baseAddress, slice.range.isEmpty == false else { return hub_str(ptr: nil, len: 0) }
        return UnsafeRawPointer(base + slice.range.lowerBound).withMemoryRebound(to: CChar.self, capacity: slice.range.count) {
          hub_str(ptr: $0, len: slice.range.count)
        }
      }
    }
  }
}

extension String {
  package func withHubStr<Result>(_ body: (hub_str) -> Result) -> Result {
    var copy = self
    return copy.withUTF8 { utf8 in
      utf8.withMemoryRebound(to: CChar.self) { body(hub_str(ptr: $0.baseAddress, len: $0.count)) }
    }
  }
}

extension Array where Element == UInt8 {
  package func withHubStr<Result>(_ body: (hub_str) -> Result) -> Result {
    withUnsafeBytes { raw in raw.withMemoryRebound(to: CChar.self) { body(hub_str(ptr: $0.baseAddress, len: $0.count)) } }
  }
}

extension Array where Element == String {
  package func withHubStrs<Result>(_ body: (UnsafePointer<hub_str>?, Int) -> Result) -> Result {
    if count == 1 { return self[0].withHubStr { text in withUnsafePointer(to: text) { body($0, 1) } } }
    var arena = TextArena()
    let slices = map { arena.add($0) }
    return arena.withPointers { pointer in
      slices.map(pointer).withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }
}
