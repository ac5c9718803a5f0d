import EngineIO
import OrderedJSON
import SocketIO

/// An event to be sent.
struct UpstreamEmit: Sendable {
  var name: String
  /// The text of a JSON array; attachments are named by placeholders.
  var arguments: [UInt8]
  var attachments: [[UInt8]] = []
  var namespace = "/"
  var wantsAnswer = true
}

extension UpstreamMachine {
  // MARK: Receiving

  mutating func received(text: [UInt8], _ number: UInt64, now: Int64, random: Double) -> [Action] {
    receive(number, now: now, random: random) { stream throws(PacketStream.Violation) in try stream.receive(text: text) }
  }

  mutating func received(binary: [UInt8], _ number: UInt64, now: Int64, random: Double) -> [Action] {
    receive(number, now: now, random: random) { stream throws(PacketStream.Violation) in try stream.receive(binary: binary) }
  }

  mutating func skipped(isText: Bool, head: [UInt8], bytes: UInt64, _ number: UInt64, now: Int64, random: Double) -> [Action] {
    receive(number, now: now, random: random) { stream throws(PacketStream.Violation) in
      try stream.skipped(isText: isText, head: head, bytes: bytes)
    }
  }

  private mutating func receive(
    _ number: UInt64, now: Int64, random: Double, _ decode: (inout PacketStream) throws(PacketStream.Violation) -> PacketStream.Packet?
  ) -> [Action] {
    guard isCurrent(number) else { return [] }
    do throws(PacketStream.Violation) {
      guard let packet = try decode(&stream) else { return [] }
      return take(packet, now: now, random: random)
    } catch {
      return giveUp(UpstreamEnd(.violation, error.reason), now: now, random: random)
    }
  }

  private mutating func take(_ packet: PacketStream.Packet, now: Int64, random: Double) -> [Action] {
    switch packet {
    case .open(let session, let silence): opened(session: session, silence: silence, now: now)
    case .ping(let payload): [.send([PacketKind.pong.rawValue] + payload, attachments: [])]
    case .close: giveUp(UpstreamEnd(.closed, "the server closed the session"), now: now, random: random)
    case .joined(let namespace, let socket): joined(namespace, socket: socket)
    case .refused(let namespace, let message, let data): refused(namespace, message: message, data: data, now: now, random: random)
    case .left(let namespace): left(namespace, now: now, random: random)
    case .event(let namespace, let name, let arguments, let attachments, let id):
      namespaces[namespace]?.join.map { join in
        let ack = id.map { UpstreamAck(namespace: namespace, id: $0, join: join) }
        return [.tell(.event(namespace: namespace, name: name, arguments: arguments, attachments: attachments, ack: ack))]
      } ?? [.tell(.dropped(.notJoined, namespace: namespace))]
    case .answer(let namespace, let id, let arguments, let attachments):
      answers.take(id, in: namespace)
        ? [.answer(id, .answered(arguments, attachments: attachments))] : [.tell(.dropped(.lateAnswer, namespace: namespace))]
    case .unnamed(let namespace): [.tell(.dropped(.unnamed, namespace: namespace))]
    case .lost(let namespace, let bytes): [.tell(.lost(namespace: namespace, bytes: bytes))]
    }
  }

  // MARK: Sending

  /// `id` names the emit in its `answer`; each is used once.
  mutating func emit(_ emit: UpstreamEmit, id: UInt64, now: Int64) -> [Action] {
    guard namespaces[emit.namespace]?.join != nil else { return [.answer(id, .notJoined)] }
    guard let (arguments, attachments) = Self.arranged(emit.arguments, emit.attachments) else { return [.answer(id, .badArguments)] }
    var packet = [PacketKind.message.rawValue]
    let isWritten = PacketWriter.event(
      emit.name, arguments: arguments, namespace: emit.namespace, id: emit.wantsAnswer ? id : nil, attachments: attachments.count,
      to: &packet)
    guard isWritten else { return [.answer(id, .badArguments)] }
    guard emit.wantsAnswer else { return [.send(packet, attachments: attachments), .answer(id, .sent)] }
    answers.wait(for: id, in: emit.namespace, until: now + settings.ackTimeout)
    return [.send(packet, attachments: attachments)]
  }

  /// Nothing is sent when the namespace was left since, or the arguments are no JSON array.
  func acknowledge(_ ack: UpstreamAck, arguments: [UInt8], attachments: [[UInt8]]) -> [Action] {
    guard namespaces[ack.namespace]?.join == ack.join else { return [.tell(.dropped(.lateAck, namespace: ack.namespace))] }
    guard let (arguments, attachments) = Self.arranged(arguments, attachments) else {
      return [.tell(.dropped(.badArguments, namespace: ack.namespace))]
    }
    var packet = [PacketKind.message.rawValue]
    let isWritten = PacketWriter.ack(
      ack.id, arguments: arguments, namespace: ack.namespace, attachments: attachments.count, to: &packet)
    return isWritten ? [.send(packet, attachments: attachments)] : [.tell(.dropped(.badArguments, namespace: ack.namespace))]
  }

  /// The arguments with their placeholders in order, and the attachments as those name them; nil when they don't fit.
  private static func arranged(_ arguments: [UInt8], _ attachments: [[UInt8]]) -> ([UInt8], [[UInt8]])? {
    guard arguments.withUnsafeBytes({ (try? JSONScanner.elements(of: $0, maxDepth: 512)) != nil }) else { return nil }
    guard !attachments.isEmpty else { return (arguments, []) }
    guard let arranged = try? BinaryArguments.arrange(arguments, attachments: attachments.count) else { return nil }
    return (arranged.text, arranged.order.map { attachments[$0] })
  }
}
