import EngineIO
import SocketIO

/// The messages of one connection, split as a polling body is; those that begin with `b` are attachments. Places lie in the text, and a
/// packet that is written again reads the same.
enum SocketPacketTarget: FuzzTarget {
  private static let limits = DecodeLimits(depth: 16, attachments: 3, attachmentBytes: 64)

  static func run(_ input: UnsafeRawBufferPointer) {
    var assembler = PacketAssembler()
    for message in input.split(separator: PayloadReader.separator, omittingEmptySubsequences: false) {
      let assembled: PacketAssembler.Assembled?
      do {
        if message.first == UInt8(ascii: "b") {
          assembled = try assembler.receive(binary: Array(message.dropFirst()), limits: limits)
        } else {
          assembled = try assembler.receive(text: Array(message), from: 0, limits: limits)
        }
      } catch { return }
      if let assembled { check(assembled) }
    }
  }

  private static func check(_ assembled: PacketAssembler.Assembled) {
    let (packet, text) = (assembled.packet, assembled.text)
    require(packet.namespace.upperBound <= text.count, "the namespace lies outside")
    require(packet.id ?? 0 <= PacketDecoder.largestID, "the id is too large")
    require(assembled.attachments.count == packet.attachmentCount, "attachments are missing")
    require(assembled.attachments.reduce(0) { $0 + $1.count } <= limits.attachmentBytes, "attachments are too large")
    var last = packet.payload?.lowerBound ?? 0
    for element in packet.elements {
      require(element.lowerBound > last && !element.isEmpty && element.upperBound < text.count, "an element lies outside")
      last = element.upperBound
    }
    switch packet.type {
    case .event, .binaryEvent: writeEvent(assembled)
    case .ack, .binaryAck: writeAck(assembled)
    default: break
    }
    if packet.attachmentCount > 0, let payload = packet.payload { rearrange(text[payload], count: packet.attachmentCount) }
  }

  private static func writeEvent(_ assembled: PacketAssembler.Assembled) {
    let (packet, text) = (assembled.packet, assembled.text)
    // A name that is reserved or a number is not the writer's to write.
    guard text[packet.elements[0].lowerBound] == UInt8(ascii: "\""), let name = name(of: packet, in: text) else { return }
    var written: [UInt8] = []
    let isWritten = PacketWriter.event(
      name, arguments: array(packet.elements.dropFirst(), of: text), namespace: namespace(of: packet, in: text), id: packet.id,
      attachments: packet.attachmentCount, to: &written)
    require(isWritten, "what was read cannot be written")
    let again = compare(written, with: assembled)
    require(self.name(of: again, in: written) == name, "the name differs")
  }

  private static func writeAck(_ assembled: PacketAssembler.Assembled) {
    guard let id = assembled.packet.id else { return }
    let (packet, text) = (assembled.packet, assembled.text)
    var written: [UInt8] = []
    let isWritten = PacketWriter.ack(
      id, arguments: array(packet.elements[...], of: text), namespace: namespace(of: packet, in: text), attachments: packet.attachmentCount,
      to: &written)
    require(isWritten, "what was read cannot be written")
    _ = compare(written, with: assembled)
  }

  private static func name(of packet: IncomingPacket, in text: [UInt8]) -> String? {
    text.withUnsafeBytes { try? PacketDecoder.name(of: packet, in: $0) }
  }

  private static func compare(_ written: [UInt8], with assembled: PacketAssembler.Assembled) -> IncomingPacket {
    let (packet, text) = (assembled.packet, assembled.text)
    guard let again = written.withUnsafeBytes({ try? PacketDecoder.decode($0, limits: limits) }) else {
      fatalError("what was written cannot be read")
    }
    // A binary packet without attachments is written as a plain one.
    let isPlain = packet.attachmentCount == 0
    require(again.type == packet.type || isPlain && again.attachmentCount == 0, "the type differs")
    require(again.id == packet.id && again.attachmentCount == packet.attachmentCount, "the id or the count differs")
    require(namespace(of: again, in: written) == namespace(of: packet, in: text), "the namespace differs")
    let skipped = packet.type == .event || packet.type == .binaryEvent ? 1 : 0
    require(
      again.elements.dropFirst(skipped).map { written[$0] } == packet.elements.dropFirst(skipped).map { text[$0] }, "the elements differ")
    return again
  }

  private static func rearrange(_ payload: ArraySlice<UInt8>, count: Int) {
    guard let first = try? BinaryArguments.arrange(payload, attachments: count, limits: limits) else {
      fatalError("an assembled packet has a bad placeholder")
    }
    require(first.order.allSatisfy { (0..<count).contains($0) }, "a placeholder names nothing")
    let second = try? BinaryArguments.arrange(first.text, attachments: first.order.count, limits: limits)
    require(second?.text == first.text && second?.order == Array(first.order.indices), "arranged placeholders are arranged anew")
  }

  private static func namespace(of packet: IncomingPacket, in text: [UInt8]) -> String {
    packet.namespace.isEmpty ? "/" : String(decoding: text[packet.namespace], as: UTF8.self)
  }

  private static func array(_ elements: ArraySlice<Range<Int>>, of text: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "[")] + elements.map { text[$0] }.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
  }
}
