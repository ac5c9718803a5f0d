import EngineIO
import OrderedJSON
import SocketIO

/// One connection as the client sees it: Engine.IO packets and namespaces. Takes messages in and says what to do; has no I/O, no clock.
struct ClientSession {
  /// What is to be done, in order.
  enum Output: Equatable {
    /// Send this text message.
    case send([UInt8])
    /// Tell the application.
    case tell(UpstreamEvent)
    /// An emit was answered.
    case answer(UInt64, [UInt8], attachments: [[UInt8]])
    /// The server is alive; it will be heard of within this many milliseconds, or it isn't any more.
    case expect(milliseconds: Int64)
    /// End the connection.
    case end(String)
  }

  private let limits: DecodeLimits
  private var silence: Int64?
  private var joined: Set<String> = []
  private var assembler = PacketAssembler()
  private var lastID: UInt64 = 0

  init(maxMessage: Int) {
    limits = DecodeLimits(depth: 512, attachments: 256, attachmentBytes: maxMessage)
  }

  // MARK: Sending

  /// The packet that asks to join; `auth` is JSON text.
  func join(_ namespace: String, auth: [UInt8]?) -> [UInt8] {
    Array("40".utf8) + (namespace == "/" ? [] : Array("\(namespace),".utf8)) + (auth ?? [])
  }

  func leave(_ namespace: String) -> [UInt8] {
    var packet = [PacketKind.message.rawValue]
    PacketWriter.disconnect(namespace: namespace, to: &packet)
    return packet
  }

  func isJoined(_ namespace: String) -> Bool { joined.contains(namespace) }

  mutating func nextID() -> UInt64 {
    defer { lastID += 1 }
    return lastID
  }

  /// Nil when the arguments are no JSON array.
  func event(_ name: String, arguments: [UInt8], namespace: String, id: UInt64?) -> [UInt8]? {
    var packet = [PacketKind.message.rawValue]
    return PacketWriter.event(name, arguments: arguments, namespace: namespace, id: id, to: &packet) ? packet : nil
  }

  func answer(_ id: UInt64, arguments: [UInt8], namespace: String) -> [UInt8]? {
    var packet = [PacketKind.message.rawValue]
    return PacketWriter.ack(id, arguments: arguments, namespace: namespace, to: &packet) ? packet : nil
  }

  // MARK: Receiving

  mutating func receive(text: [UInt8]) -> [Output] {
    guard let first = text.first, let kind = PacketKind(rawValue: first) else { return [.end("parse error")] }
    guard silence != nil || kind == .open else { return [.end("the first packet was not open")] }
    switch kind {
    case .open: return open(text)
    case .ping: return [.send([PacketKind.pong.rawValue] + text.dropFirst()), .expect(milliseconds: silence ?? 0)]
    case .close: return [.end("the server closed the session")]
    case .noop, .pong: return []
    case .upgrade: return [.end("parse error")]
    case .message:
      do {
        return try assembler.receive(text: text, from: 1, limits: limits).map { take($0) } ?? []
      } catch {
        return [.end("parse error")]
      }
    }
  }

  mutating func receive(binary: [UInt8]) -> [Output] {
    do {
      return try assembler.receive(binary: binary, limits: limits).map { take($0) } ?? []
    } catch {
      return [.end("parse error")]
    }
  }

  private mutating func open(_ text: [UInt8]) -> [Output] {
    guard silence == nil, let packet = try? JSONValue(parsing: Array(text.dropFirst())), let session = packet["sid"]?.string,
      let interval = packet["pingInterval"]?.int64, let timeout = packet["pingTimeout"]?.int64,
      (1...86_400_000).contains(interval), (1...86_400_000).contains(timeout)
    else { return [.end("bad open packet")] }
    silence = interval + timeout
    return [.expect(milliseconds: interval + timeout), .tell(.connected(session: session))]
  }

  private mutating func take(_ whole: PacketAssembler.Assembled) -> [Output] {
    let (packet, text) = (whole.packet, whole.text)
    let namespace = packet.namespace.isEmpty ? "/" : String(decoding: text[packet.namespace], as: UTF8.self)
    let payload = packet.payload.flatMap { try? JSONValue(parsing: Array(text[$0]), maxDepth: limits.depth) }
    switch packet.type {
    case .connect:
      guard let socket = payload?["sid"]?.string else { return [.end("not a Socket.IO v5 server")] }
      joined.insert(namespace)
      return [.tell(.joined(namespace: namespace, socket: socket))]
    case .connectError:
      joined.remove(namespace)
      let message = payload?["message"]?.string ?? ""
      return [.tell(.refused(namespace: namespace, message: message, data: payload?["data"]?.serialized()))]
    case .disconnect:
      joined.remove(namespace)
      return [.tell(.left(namespace: namespace))]
    case .event, .binaryEvent:
      guard joined.contains(namespace), let name = name(of: packet, in: text) else { return [] }
      return [
        .tell(
          .event(
            namespace: namespace, name: name, arguments: list(packet.elements.dropFirst(), in: text), attachments: whole.attachments,
            ack: packet.id))
      ]
    case .ack, .binaryAck:
      guard let id = packet.id else { return [] }
      return [.answer(id, list(packet.elements[...], in: text), attachments: whole.attachments)]
    }
  }

  private func name(of packet: IncomingPacket, in text: [UInt8]) -> String? {
    text.withUnsafeBytes { try? PacketDecoder.name(of: packet, in: $0) }
  }

  /// The text of an array of these elements, as they were sent.
  private func list(_ elements: ArraySlice<Range<Int>>, in text: [UInt8]) -> [UInt8] {
    guard let first = elements.first, let last = elements.last else { return Array("[]".utf8) }
    return [UInt8(ascii: "[")] + text[first.lowerBound..<last.upperBound] + [UInt8(ascii: "]")]
  }
}
