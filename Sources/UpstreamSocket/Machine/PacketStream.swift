import EngineIO
import OrderedJSON
import SocketIO

/// The server's messages as packets, binary attachments put together. What is too large, too deep or too many costs the event it belongs to.
struct PacketStream: Sendable {
  /// A packet of the server.
  enum Packet: Equatable {
    /// The session begins; silence for longer than this many milliseconds means that it is over.
    case open(session: String, silence: Int64)
    case ping(payload: [UInt8])
    case close
    case joined(namespace: String, socket: String)
    case refused(namespace: String, message: String, data: [UInt8]?)
    case left(namespace: String)
    case event(namespace: String, name: String, arguments: [UInt8], attachments: [[UInt8]], id: UInt64?)
    case answer(namespace: String, id: UInt64, arguments: [UInt8], attachments: [[UInt8]])
    /// An event of a name that belongs to the library, or an answer without a number.
    case unnamed(namespace: String)
    /// It was beyond a limit.
    case lost(namespace: String?, bytes: UInt64)
  }

  /// The server broke the protocol.
  struct Violation: Error, Equatable {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private let limits: DecodeLimits
  private var isOpen = false
  private var assembler = PacketAssembler()
  /// A message of attachments was too large: what follows of them belongs to nothing.
  private var isDropping = false

  init(maxMessage: Int) {
    limits = DecodeLimits(
      depth: 512, arguments: 100_000, values: 4_000_000, attachments: 65_536, attachmentBytes: maxMessage == 0 ? .max : maxMessage)
  }

  /// Takes a text message; nil when nothing is to be done, or attachments are to follow.
  mutating func receive(text: [UInt8]) throws(Violation) -> Packet? {
    guard let kind = text.first.flatMap(PacketKind.init) else { throw Violation("parse error") }
    guard isOpen || kind == .open else { throw Violation("the first packet was not open") }
    switch kind {
    case .open: return try open(text)
    case .ping: return .ping(payload: Array(text.dropFirst()))
    case .close: return .close
    case .noop, .pong: return nil
    case .upgrade: throw Violation("parse error")
    case .message:
      isDropping = false
      do {
        guard let whole = try assembler.receive(text: text, from: 1, limits: limits) else { return nil }
        return try packet(whole)
      } catch let error as Violation {
        throw error
      } catch DecodeError.beyondLimits {
        // It went by like one that was too large: where it ends is known, and what is attached to it belongs to nothing.
        return lose(head: Array(text.prefix(512)), bytes: UInt64(text.count))
      } catch {
        throw Violation("parse error")
      }
    }
  }

  /// Takes a binary message.
  mutating func receive(binary: [UInt8]) throws(Violation) -> Packet? {
    guard !isDropping else { return nil }
    let namespace = assembler.incomplete.map(Self.namespace)
    do {
      guard let whole = try assembler.receive(binary: binary, limits: limits) else { return nil }
      return try packet(whole)
    } catch let error as Violation {
      throw error
    } catch DecodeError.attachmentsTooLarge {
      return drop(bytes: UInt64(binary.count))
    } catch DecodeError.beyondLimits {
      return .lost(namespace: namespace, bytes: UInt64(binary.count))
    } catch {
      throw Violation("parse error")
    }
  }

  /// A message went by that was too large to be kept.
  mutating func skipped(isText: Bool, head: [UInt8], bytes: UInt64) throws(Violation) -> Packet? {
    guard isOpen else { throw Violation("the first packet was not open") }
    if isText { return lose(head: head, bytes: bytes) }
    guard !isDropping else { return nil }
    guard assembler.incomplete != nil else { throw Violation("parse error") }
    return drop(bytes: bytes)
  }

  /// Gives up the packet of a text.
  private mutating func lose(head: [UInt8], bytes: UInt64) -> Packet {
    assembler = PacketAssembler()
    isDropping = true
    return .lost(namespace: Self.namespace(inHead: head), bytes: bytes)
  }

  /// Gives up the packet whose attachments are awaited.
  private mutating func drop(bytes: UInt64) -> Packet {
    let incomplete = assembler.incomplete
    assembler = PacketAssembler()
    isDropping = true
    let arrived = incomplete.map { $0.text.count + $0.attachments.reduce(0) { $0 + $1.count } } ?? 0
    return .lost(namespace: incomplete.map(Self.namespace), bytes: UInt64(arrived) + bytes)
  }

  private mutating func open(_ text: [UInt8]) throws(Violation) -> Packet {
    let times: ClosedRange<Int64> = 0...86_400_000
    guard !isOpen, let packet = try? JSONValue(parsing: Array(text.dropFirst())), let session = packet["sid"]?.string,
      let interval = packet["pingInterval"]?.int64, let timeout = packet["pingTimeout"]?.int64, times.contains(interval),
      times.contains(timeout), interval + timeout > 0
    else { throw Violation("bad open packet") }
    isOpen = true
    return .open(session: session, silence: interval + timeout)
  }

  private func packet(_ whole: PacketAssembler.Assembled) throws(Violation) -> Packet? {
    let (packet, text) = (whole.packet, whole.text)
    let namespace = Self.namespace(of: whole)
    switch packet.type {
    case .connect:
      guard let socket = payload(of: whole)?["sid"]?.string else { throw Violation("not a Socket.IO v5 server") }
      return .joined(namespace: namespace, socket: socket)
    case .connectError:
      let payload = payload(of: whole)
      let message = payload?["message"]?.string ?? payload?.string ?? ""
      return .refused(namespace: namespace, message: message, data: payload?["data"]?.serialized())
    case .disconnect: return .left(namespace: namespace)
    case .event, .binaryEvent:
      guard let name = text.withUnsafeBytes({ try? PacketDecoder.name(of: packet, in: $0) }) else {
        return .unnamed(namespace: namespace)
      }
      return .event(
        namespace: namespace, name: name, arguments: list(packet.elements.dropFirst(), in: text), attachments: whole.attachments,
        id: packet.id)
    case .ack, .binaryAck:
      guard let id = packet.id else { return .unnamed(namespace: namespace) }
      return .answer(namespace: namespace, id: id, arguments: list(packet.elements[...], in: text), attachments: whole.attachments)
    }
  }

  private func payload(of whole: PacketAssembler.Assembled) -> JSONValue? {
    whole.packet.payload.flatMap { try? JSONValue(parsing: Array(whole.text[$0]), maxDepth: limits.depth) }
  }

  private static func namespace(of whole: PacketAssembler.Assembled) -> String {
    whole.packet.namespace.isEmpty ? "/" : String(decoding: whole.text[whole.packet.namespace], as: UTF8.self)
  }

  /// The text of an array of these elements, as they were sent.
  private func list(_ elements: ArraySlice<Range<Int>>, in text: [UInt8]) -> [UInt8] {
    guard let first = elements.first, let last = elements.last else { return Array("[]".utf8) }
    return [UInt8(ascii: "[")] + text[first.lowerBound..<last.upperBound] + [UInt8(ascii: "]")]
  }

  /// The namespace of an event of which only the beginning is there: `42/name,` or `45<attachments>-/name,`.
  static func namespace(inHead head: [UInt8]) -> String? {
    guard head.first == PacketKind.message.rawValue else { return nil }
    var rest = head.dropFirst(2)
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if rest.dropFirst(digits.count).first == UInt8(ascii: "-") { rest = rest.dropFirst(digits.count + 1) }
    guard rest.first == UInt8(ascii: "/") else { return rest.isEmpty ? nil : "/" }
    guard let end = rest.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    return String(decoding: rest[..<end], as: UTF8.self)
  }
}
