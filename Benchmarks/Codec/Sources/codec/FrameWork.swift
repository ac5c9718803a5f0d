import WebSocketFrames

/// Frames of a client at the server, and headers of the server's own.
enum FrameWork {
  static func operations() -> [Operation] {
    let small = masked([UInt8](repeating: UInt8(ascii: "x"), count: 256))
    let large = masked([UInt8](repeating: UInt8(ascii: "x"), count: 65_536))
    let accented = masked(Array(String(repeating: "é€😀", count: 400).utf8))
    var buffer = [UInt8](repeating: 0xA5, count: 65_536)
    let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 256)
    return [
      Operation(name: "frame-decode-256") { decode(small) },
      Operation(name: "frame-decode-64k") { decode(large) },
      Operation(name: "frame-decode-accents") { decode(accented) },
      Operation(name: "frame-encode-256") { keep(FrameHeader.frame(.text, payload, role: .server)) },
      Operation(name: "frame-unmask-64k") {
        buffer.withUnsafeMutableBytes { Masking.apply(0x0403_0201, phase: 1, to: $0) }
        keep(buffer.first)
      },
    ]
  }

  private static func masked(_ payload: [UInt8]) -> [UInt8] {
    let key: UInt32 = 0x0403_0201
    var bytes: [UInt8] = []
    FrameHeader(.text, length: payload.count, mask: key).forEachByte { bytes.append($0) }
    let start = bytes.count
    bytes += payload
    bytes.withUnsafeMutableBytes { Masking.apply(key, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
    return bytes
  }

  private static func decode(_ frame: [UInt8]) {
    var decoder = FrameDecoder(role: .server, limit: 1_000_000)
    frame.withUnsafeBytes { bytes in
      var offset = 0
      keep(try? decoder.next(bytes, at: &offset))
    }
  }
}
