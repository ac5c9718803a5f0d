/// The correlation ids of one event loop's requests.
struct RequestIDs {
  private let prefix = String(UInt64.random(in: .min ... .max), radix: 36) + "-"
  private var count = 0

  /// The client's own id when it is sane (at most 128 visible ASCII characters), else a new one.
  mutating func next(given: String?) -> String {
    if let given, !given.isEmpty, given.utf8.count <= 128, given.utf8.allSatisfy(\.isVisibleASCII) { return given }
    count += 1
    return prefix + String(count)
  }
}
