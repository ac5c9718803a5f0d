import Glibc

/// A part of a file that is the body of a response. It is open from here on, so that it may be removed meanwhile.
public final class HTTPFile: Sendable {
  let descriptor: Int32
  let offset: Int
  /// How many bytes are sent.
  public let length: Int

  /// `length` bytes of the file at `path` from `offset` on; nil when it can't be read, or is shorter.
  public init?(path: String, offset: Int = 0, length: Int) {
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    guard offset >= 0, length >= 0, lseek(opened, 0, SEEK_END) >= off_t(offset + length) else {
      close(opened)
      return nil
    }
    descriptor = opened
    self.offset = offset
    self.length = length
  }

  deinit { close(descriptor) }

  /// Some bytes from a place on; nil when the file has become shorter. Blocks.
  func read(at place: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let step = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress?.advanced(by: got), count - got, off_t(offset + place + got))
      }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { return nil }
      got += step
    }
    return bytes
  }
}
