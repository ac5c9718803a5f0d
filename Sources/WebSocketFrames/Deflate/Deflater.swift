internal import CZlib

/// Compresses with DEFLATE (RFC 1951) by way of zlib. One is enough for every connection of a thread that keeps no context; it must
/// not be used by two threads at once.
public final class Deflater {
  /// What is written around the compressed blocks.
  public enum Format: Sendable, Hashable {
    /// Nothing: WebSocket messages, with a window of 2 to the power of this, 9…15.
    case message(windowBits: Int)
    /// The container of HTTP's `deflate` (RFC 1950).
    case zlib
    /// The container of HTTP's `gzip` (RFC 1952).
    case gzip
  }

  private let format: Format
  private let keepsContext: Bool
  private let stream: UnsafeMutablePointer<z_stream>

  /// A deflater; `keepsContext`: later messages refer to earlier ones (context takeover, RFC 7692 §7.1.1), so that it serves one
  /// connection only.
  public init(_ format: Format, keepsContext: Bool = false) {
    self.format = format
    self.keepsContext = keepsContext
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // A message is compressed once for all its receivers, the body of an answer for one, on a thread that others wait for.
    let (level, window, memory) =
      switch format {
      case .message(let bits): (Z_DEFAULT_COMPRESSION, -Int32(bits), Self.memoryLevel(windowBits: bits))
      case .zlib: (Z_BEST_SPEED, Int32(15), 8)
      case .gzip: (Z_BEST_SPEED, Int32(15 + 16), 8)
      }
    let status = CZlib_deflateInit2(stream, level, window, Int32(memory))
    precondition(status == Z_OK, "zlib has no memory, or the window is none of 9…15")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Bytes that a deflater with this window holds (zconf.h).
  public static func footprint(windowBits: Int) -> Int { 1 << (windowBits + 2) + 1 << (memoryLevel(windowBits: windowBits) + 9) + 6144 }

  // Hash table and pending output in proportion to the window: 15 gets zlib's default of 8.
  private static func memoryLevel(windowBits: Int) -> Int { min(8, max(1, windowBits - 7)) }

  /// Compresses one message or one whole body, and appends it. A message lacks the four bytes that end it (RFC 7692 §7.2.1).
  public func compress(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    guard case .message = format else {
      run(bytes, Z_FINISH, to: &output)
      deflateReset(stream)
      return
    }
    // zlib writes nothing when it is flushed twice without input; an empty message is one empty block (RFC 7692 §7.2.3.6).
    guard bytes.isEmpty == false else { return output.append(0) }
    run(bytes, Z_SYNC_FLUSH, to: &output)
    output.removeLast(4)
    if keepsContext == false { deflateReset(stream) }
  }

  private func run(_ bytes: UnsafeRawBufferPointer, _ flush: Int32, to output: inout [UInt8]) {
    let chunk = 16 * 1024
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunk) { scratch in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
      stream.pointee.avail_in = UInt32(bytes.count)
      repeat {
        stream.pointee.next_out = scratch.baseAddress
        stream.pointee.avail_out = UInt32(chunk)
        // Cannot fail: the state is sound and there is room.
        _ = deflate(stream, flush)
        output.append(contentsOf: scratch[..<(chunk - Int(stream.pointee.avail_out))])
      } while stream.pointee.avail_out == 0
      stream.pointee.next_in = nil
      stream.pointee.next_out = nil
    }
  }
}
