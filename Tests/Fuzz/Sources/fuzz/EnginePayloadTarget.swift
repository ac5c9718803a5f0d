import EngineIO

/// A polling body. What is read and written again reads the same; base64 gains nothing but its alphabet.
enum EnginePayloadTarget: FuzzTarget {
  private struct Packets: Equatable {
    var packets: [Packet] = []
    var error: PacketError?

    enum Packet: Equatable {
      case text(PacketKind, [UInt8])
      case binary([UInt8])
    }
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    let read = packets(of: input)
    require(read.packets.count <= input.count, "more packets than bytes")
    var size = 0
    var writer = PayloadWriter()
    for packet in read.packets {
      switch packet {
      case .text(let kind, let data):
        size += data.count
        if data.isEmpty { writer.append(kind) } else { ([kind.rawValue] + data).withUnsafeBytes { writer.append(text: $0) } }
      case .binary(let bytes):
        size += bytes.count
        bytes.withUnsafeBytes { writer.append(binary: $0) }
      }
    }
    require(size <= input.count, "the packets hold more than the body")
    guard !read.packets.isEmpty else { return }
    require(writer.count == read.packets.count, "a packet was not written")
    let again = writer.bytes.withUnsafeBytes { packets(of: $0) }
    require(again == Packets(packets: read.packets), "written and read again the packets differ")
  }

  private static func packets(of body: UnsafeRawBufferPointer) -> Packets {
    var reader = PayloadReader(body)
    var result = Packets()
    do {
      while let packet = try reader.next() {
        switch packet {
        case .text(let kind, let range): result.packets.append(.text(kind, Array(body[range])))
        case .binary(let bytes): result.packets.append(.binary(bytes))
        }
      }
    } catch {
      result.error = error
      require((try? reader.next()) == .some(nil), "a reader goes on after an error")
    }
    return result
  }
}
