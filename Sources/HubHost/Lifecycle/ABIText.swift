internal import CHubPlugin

extension hub_str {
  /// Names bytes for as long as they lie where they do.
  init(lending bytes: UnsafeRawBufferPointer) {
    self.init(ptr: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), len: bytes.count)
  }

  /// The bytes, copied.
  var bytes: [UInt8] {
    guard let ptr, len > 0 else { return [] }
    return Array(UnsafeRawBufferPointer(start: ptr, count: len))
  }

  /// The text, copied; what is not UTF-8 becomes U+FFFD.
  var text: String {
    guard let ptr, len > 0 else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: ptr, count: len), as: UTF8.self)
  }
}

/// Collects the texts of one call in one allocation, and lends them as `hub_str` while the call lasts.
struct ABIArena {
  private var bytes: [UInt8] = []

  init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  mutating func add(_ text: String) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    return start..<bytes.count
  }

  mutating func add(_ content: some Sequence<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: content)
    return start..<bytes.count
  }

  func lend<Result>(_ body: ((Range<Int>) -> hub_str) -> Result) -> Result {
    bytes.withUnsafeBytes { buffer in
      body { range in
        guard !range.isEmpty, let base = buffer.baseAddress else { return hub_str(ptr: nil, len: 0) }
        return hub_str(ptr: (base + range.lowerBound).assumingMemoryBound(to: CChar.self), len: range.count)
      }
    }
  }
}

extension String {
  func lent<Result>(_ body: (hub_str) -> Result) -> Result { Array(utf8).lent(body) }
}

extension [UInt8] {
  func lent<Result>(_ body: (hub_str) -> Result) -> Result {
    withUnsafeBytes { body(hub_str(ptr: $0.baseAddress?.assumingMemoryBound(to: CChar.self), len: $0.count)) }
  }
}

/// A status of the ABI in the type its calls carry.
enum Status {
  static let ok = hub_status(HUB_OK)
  static let failed = hub_status(HUB_EFAIL)
  static let invalid = hub_status(HUB_EINVAL)
  static let unsupported = hub_status(HUB_EUNSUPPORTED)
  static let closed = hub_status(HUB_ECLOSED)
  static let denied = hub_status(HUB_EDENIED)
  static let busy = hub_status(HUB_EBUSY)
  static let timeout = hub_status(HUB_ETIMEOUT)
  static let notFound = hub_status(HUB_ENOTFOUND)
}
