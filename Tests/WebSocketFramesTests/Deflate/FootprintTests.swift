import CZlib
import Glibc
import Testing

@testable import WebSocketFrames

/// Counts what zlib asks for.
private final class Allocations {
  var bytes = 0

  func attach(to stream: inout z_stream) {
    stream.opaque = Unmanaged.passUnretained(self).toOpaque()
    stream.zalloc = { opaque, items, size in
      opaque.map { Unmanaged<Allocations>.fromOpaque($0).takeUnretainedValue().bytes += Int(items * size) }
      return calloc(Int(items), Int(size))
    }
    stream.zfree = { _, address in free(address) }
  }
}

@Suite("Memory of compression")
struct FootprintTests {
  @Test("zlib asks for no more than is reckoned with", arguments: 9...15)
  func deflater(windowBits: Int) {
    let (allocations, level) = (Allocations(), Int32(min(8, max(1, windowBits - 7))))
    var stream = z_stream()
    allocations.attach(to: &stream)
    #expect(CZlib_deflateInit2(&stream, Z_DEFAULT_COMPRESSION, -Int32(windowBits), level) == Z_OK)
    deflateEnd(&stream)
    #expect(allocations.bytes > 0)
    #expect(allocations.bytes <= Deflater.footprint(windowBits: windowBits))
    #expect(Deflater.footprint(windowBits: windowBits) < allocations.bytes * 2)
  }

  @Test("and for restoring, window included", arguments: 8...15)
  func inflater(windowBits: Int) {
    let allocations = Allocations()
    var stream = z_stream()
    allocations.attach(to: &stream)
    #expect(CZlib_inflateInit2(&stream, -Int32(windowBits)) == Z_OK)
    // The window is made when output is left for later.
    var input: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    var output = [UInt8](repeating: 0, count: 3)
    input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
        (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
        _ = inflate(&stream, Z_NO_FLUSH)
      }
    }
    inflateEnd(&stream)
    #expect(allocations.bytes > 1 << windowBits)
    #expect(allocations.bytes <= Inflater.footprint(windowBits: windowBits))
  }
}
