/// The part of a file that a request wants (RFC 9110 section 14).
enum ByteRange: Sendable, Hashable {
  case whole
  case part(Range<Int>)
  /// Nothing of it is there: 416.
  case unsatisfiable

  /// What a `Range` field asks of so many bytes. What isn't understood, and more than one range, is as if it weren't there.
  init(_ field: String?, size: Int) {
    self = .whole
    guard let field, field.hasPrefix("bytes="), !field.contains(",") else { return }
    let parts = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return }
    switch (Int(parts[0]), Int(parts[1])) {
    case (let first?, let last?) where first <= last: self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    case (let first?, nil) where parts[1].isEmpty: self = first < size ? .part(first..<size) : .unsatisfiable
    case (nil, let count?) where parts[0].isEmpty:
      self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
    default: break
    }
  }
}
