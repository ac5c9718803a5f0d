internal import CZlib

/// Why compressed bytes were given up.
public enum InflateError: Error, Sendable, Hashable {
  /// They are no DEFLATE data, or end in the middle.
  case malformed
  /// They stand for more bytes than allowed. What was inflated by then is thrown away.
  case overLimit
}

/// Restores WebSocket messages compressed with DEFLATE (RFC 7692 §7.2.2) by way of zlib. One is enough for every connection of a
/// thread whose peers keep no context; it must not be used by two threads at once.
public final class Inflater {
  private let keepsContext: Bool
  private let stream: UnsafeMutablePointer<z_stream>

  /// An inflater for peers whose window is at most 2 to the power of `windowBits`, 8…15. `keepsContext`: the one peer's messages may
  /// refer to its earlier ones.
  public init(windowBits: Int = 15, keepsContext: Bool = false) {
    self.keepsContext = keepsContext
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = CZlib_inflateInit2(stream, -Int32(windowBits))
    precondition(status == Z_OK, "zlib has no memory, or the window is none of 8…15")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Bytes that an inflater with this window holds (zconf.h).
  public static func footprint(windowBits: Int) -> Int { 1 << windowBits + 9728 }

  /// Restores one message. It never holds more than `limit` bytes and one chunk; 0 is no limit.
  public func message(_ payload: [UInt8], limit: Int) throws(InflateError) -> [UInt8] {
    guard payload.isEmpty == false else { return [] }
    if keepsContext == false { inflateReset(stream) }
    var output: [UInt8] = []
    if try inflate(payload, limit: limit, to: &output) == .ended { return output }
    // The end of a message that its sender left out (RFC 7692 §7.2.1).
    let end = try inflate([0, 0, 0xFF, 0xFF], limit: limit, to: &output)
    // Bit 7: between two blocks. Anything else is a block that was cut off.
    guard end == .ended || stream.pointee.data_type & 128 != 0 else { throw .malformed }
    return output
  }

  private enum Progress {
    case waits, ended
  }

  private func inflate(_ input: [UInt8], limit: Int, to output: inout [UInt8]) throws(InflateError) -> Progress {
    let result = input.withUnsafeBufferPointer { bytes in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
      stream.pointee.avail_in = UInt32(bytes.count)
      return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16 * 1024) { scratch in
        Result { () throws(InflateError) -> Progress in try drain(by: scratch, limit: limit, to: &output) }
      }
    }
    stream.pointee.next_in = nil
    stream.pointee.next_out = nil
    return try result.get()
  }

  /// Inflates what zlib was given, a chunk at a time.
  private func drain(by scratch: UnsafeMutableBufferPointer<UInt8>, limit: Int, to output: inout [UInt8]) throws(InflateError) -> Progress {
    while true {
      stream.pointee.next_out = scratch.baseAddress
      stream.pointee.avail_out = UInt32(scratch.count)
      let status = CZlib.inflate(stream, Z_NO_FLUSH)
      // Z_BUF_ERROR only says that there was nothing left to do.
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw .malformed }
      let produced = scratch.count - Int(stream.pointee.avail_out)
      guard limit == 0 || produced <= limit - output.count else { throw .overLimit }
      output.append(contentsOf: scratch[..<produced])
      if status == Z_STREAM_END {
        try beginAnew()
        if stream.pointee.avail_in == 0 { return .ended }
      } else if stream.pointee.avail_out > 0 {
        return .waits
      }
    }
  }

  /// A peer may mark a block as the last of all and go on nevertheless (RFC 7692 §7.2.3.4). Its window outlives the mark.
  private func beginAnew() throws(InflateError) {
    guard keepsContext else {
      inflateReset(stream)
      return
    }
    let isRestored = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 15) { window in
      var count: UInt32 = 0
      inflateGetDictionary(stream, window.baseAddress, &count)
      inflateReset(stream)
      return count == 0 || inflateSetDictionary(stream, window.baseAddress, count) == Z_OK
    }
    guard isRestored else { throw .malformed }
  }
}
