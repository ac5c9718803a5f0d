internal import Crypto
internal import Glibc

/// Reads an open file by position. It is never mapped: a file that shrinks while it is mapped ends the process with SIGBUS.
struct FileBytes {
  let descriptor: Int32
  let size: UInt64

  func holds(_ offset: UInt64, _ count: UInt64) -> Bool {
    let (end, overflow) = offset.addingReportingOverflow(count)
    return !overflow && end <= size
  }

  func read(_ offset: UInt64, _ count: Int) -> [UInt8]? {
    guard count >= 0, holds(offset, UInt64(count)), offset <= UInt64(Int.max) else { return nil }
    var done = 0
    let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while done < count {
        let got = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
        if got <= 0 { break }
        done += got
      }
      initialized = done
    }
    return done == count ? result : nil
  }

  func integer<Value: FixedWidthInteger>(_ offset: UInt64, _: Value.Type) -> Value? {
    guard let bytes = read(offset, MemoryLayout<Value>.size) else { return nil }
    return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
  }

  /// SHA-256 of the whole content in hexadecimal; nil when it cannot be read to its end.
  func sha256() -> String? {
    var hash = SHA256()
    var offset: UInt64 = 0
    while offset < size {
      let count = Int(min(1 << 20, size - offset))
      guard let chunk = read(offset, count) else { return nil }
      hash.update(data: chunk)
      offset += UInt64(count)
    }
    return hash.finalize().map { byte in
      let text = String(byte, radix: 16)
      return text.utf8.count == 1 ? "0" + text : text
    }.joined()
  }
}
