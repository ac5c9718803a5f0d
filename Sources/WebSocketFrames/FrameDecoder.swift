/// Turns bytes into messages, any number of bytes at a time (RFC 6455 §5). It holds at most the message limit and never allocates
/// by a declared length. After a violation it must not be used again.
public struct FrameDecoder {
  private enum Stage {
    case first, second
    case length(due: Int)
    case mask(due: Int)
    case payload
  }

  /// How much of a skipped message is kept.
  static let headLength = 512

  /// A message over the limit, of which no more than the beginning is kept.
  private struct Skipped {
    var head: [UInt8]
    var bytes: UInt64
  }

  private let role: Role
  private let limit: Int
  /// Present when permessage-deflate was agreed on.
  private let inflater: Inflater?
  private let skipsOversize: Bool

  private var stage = Stage.first
  private var opcode = Opcode.text
  private var isFinal = true
  private var length: UInt64 = 0
  private var isWide = false
  private var key: UInt32 = 0
  private var taken = 0

  /// Kind of the message whose fragments are being collected.
  private var open: Opcode?
  /// Whether that message is compressed.
  private var isCompressed = false
  private var message: [UInt8] = []
  private var control: [UInt8] = []
  private var text = UTF8Validator()
  private var skipped: Skipped?

  /// A decoder for what arrives at `role`. A message may have `limit` bytes, 0 for any number; with an inflater it may come
  /// compressed (RFC 7692), and the limit is that of its restored form. A longer one is a violation, or is skipped while it arrives: not with
  /// an inflater, which has to see all there is.
  public init(role: Role, limit: Int, inflater: Inflater? = nil, skipsOversize: Bool = false) {
    self.role = role
    self.limit = limit
    self.inflater = inflater
    self.skipsOversize = skipsOversize && inflater == nil
  }

  /// Whether a frame or a fragmented message has begun that is not complete.
  public var isMidway: Bool {
    if case .first = stage { open != nil } else { true }
  }

  /// Takes bytes from `offset` on until an event is complete or no byte is left (nil).
  public mutating func next(_ input: UnsafeRawBufferPointer, at offset: inout Int) throws(FrameViolation) -> FrameEvent? {
    while true {
      if case .payload = stage {
        let chunk = min(input.count - offset, Int(length) - taken)
        try take(UnsafeRawBufferPointer(rebasing: input[offset..<offset + chunk]))
        offset += chunk
        guard taken == Int(length) else { return nil }
        stage = .first
        if let event = try endFrame() { return event }
        continue
      }
      guard offset < input.count else { return nil }
      if case .mask(due: 4) = stage, offset + 4 <= input.count {
        key = UInt32(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        offset += 4
        stage = .payload
        continue
      }
      let byte = input[offset]
      offset += 1
      switch stage {
      case .first: try first(byte)
      case .second: try second(byte)
      case .length(let due):
        length = length << 8 | UInt64(byte)
        stage = try due > 1 ? .length(due: due - 1) : afterLength()
      case .mask(let due):
        key |= UInt32(byte) << UInt32((4 - due) * 8)
        stage = due > 1 ? .mask(due: due - 1) : .payload
      case .payload: break
      }
    }
  }

  private mutating func first(_ byte: UInt8) throws(FrameViolation) {
    guard let opcode = Opcode(rawValue: byte & 0x0F) else { throw FrameViolation(CloseCode.protocolError, "unknown opcode") }
    if byte & 0x70 != 0 {
      // RSV1 marks a compressed message, on its first frame only (RFC 7692 §6).
      guard byte & 0x70 == 0x40, inflater != nil, opcode == .text || opcode == .binary else {
        throw FrameViolation(CloseCode.protocolError, "reserved bit set")
      }
    }
    isFinal = byte & 0x80 != 0
    self.opcode = opcode
    switch opcode {
    case .close, .ping, .pong:
      guard isFinal else { throw FrameViolation(CloseCode.protocolError, "fragmented control frame") }
    case .continuation:
      guard open != nil else { throw FrameViolation(CloseCode.protocolError, "continuation of nothing") }
    case .text, .binary:
      guard open == nil else { throw FrameViolation(CloseCode.protocolError, "message inside a message") }
      open = opcode
      isCompressed = byte & 0x40 != 0
    }
    stage = .second
  }

  private mutating func second(_ byte: UInt8) throws(FrameViolation) {
    guard (byte & 0x80 != 0) == (role == .server) else {
      throw FrameViolation(CloseCode.protocolError, role == .server ? "unmasked frame" : "masked frame")
    }
    (length, key, taken) = (UInt64(byte & 0x7F), 0, 0)
    guard length > 125 else {
      stage = try afterLength()
      return
    }
    guard !opcode.isControl else { throw FrameViolation(CloseCode.protocolError, "long control frame") }
    stage = .length(due: length == 126 ? 2 : 8)
    (isWide, length) = (length == 127, 0)
  }

  private mutating func afterLength() throws(FrameViolation) -> Stage {
    if case .length = stage {
      guard length >= (isWide ? 0x1_0000 : 126) else { throw FrameViolation(CloseCode.protocolError, "length not minimal") }
    }
    guard length <= UInt64(Int64.max) else { throw FrameViolation(CloseCode.protocolError, "length out of range") }
    if !opcode.isControl, limit > 0, skipped == nil, length > UInt64(arrivingLimit - message.count) {
      guard skipsOversize else { throw FrameViolation(CloseCode.tooBig, "message over the limit") }
      skipped = Skipped(head: Array(message.prefix(Self.headLength)), bytes: UInt64(message.count))
      message = []
    }
    return role == .server ? .mask(due: 4) : .payload
  }

  /// Compressed, a message that doesn't compress is a little longer than it was.
  private var arrivingLimit: Int { isCompressed ? limit + limit / 8 + 64 : limit }

  private mutating func take(_ bytes: UnsafeRawBufferPointer) throws(FrameViolation) {
    guard !bytes.isEmpty else { return }
    let mask = role == .server ? (key: key, phase: taken) : nil
    if opcode.isControl {
      FrameDecoder.append(bytes, to: &control, unmasking: mask)
    } else if skipped != nil {
      skip(bytes, unmasking: mask)
    } else {
      let start = message.count
      FrameDecoder.append(bytes, to: &message, unmasking: mask)
      if open == .text, !isCompressed, !message.withUnsafeBytes({ text.accept(UnsafeRawBufferPointer(rebasing: $0[start...])) }) {
        throw FrameViolation(CloseCode.invalidPayload, "invalid UTF-8")
      }
    }
    taken += bytes.count
  }

  private mutating func skip(_ bytes: UnsafeRawBufferPointer, unmasking mask: (key: UInt32, phase: Int)?) {
    guard var skipped else { return }
    self.skipped = nil
    let room = min(bytes.count, Self.headLength - skipped.head.count)
    FrameDecoder.append(UnsafeRawBufferPointer(rebasing: bytes[..<room]), to: &skipped.head, unmasking: mask)
    skipped.bytes += UInt64(bytes.count)
    self.skipped = skipped
  }

  private mutating func endFrame() throws(FrameViolation) -> FrameEvent? {
    guard !opcode.isControl else {
      let payload = control
      control = []
      switch opcode {
      case .ping: return .ping(payload)
      case .pong: return .pong(payload)
      default: return try FrameDecoder.close(payload)
      }
    }
    guard isFinal, let kind = open else { return nil }
    if let skipped {
      (self.skipped, open, text) = (nil, nil, UTF8Validator())
      return .skipped(kind, head: skipped.head, bytes: skipped.bytes)
    }
    if isCompressed { try restore(kind) }
    guard kind != .text || text.isComplete else { throw FrameViolation(CloseCode.invalidPayload, "truncated UTF-8") }
    open = nil
    let whole = message
    message = []
    return kind == .text ? .text(whole) : .binary(whole)
  }

  /// Replaces the message, which is complete, by what it was before its sender compressed it.
  private mutating func restore(_ kind: Opcode) throws(FrameViolation) {
    guard let inflater else { return }
    do throws(InflateError) {
      message = try inflater.message(message, limit: limit)
    } catch {
      switch error {
      case .malformed: throw FrameViolation(CloseCode.invalidPayload, "invalid compressed data")
      case .overLimit: throw FrameViolation(CloseCode.tooBig, "message over the limit")
      }
    }
    if kind == .text, !message.withUnsafeBytes({ text.accept($0) }) {
      throw FrameViolation(CloseCode.invalidPayload, "invalid UTF-8")
    }
  }

  private static func append(_ bytes: UnsafeRawBufferPointer, to array: inout [UInt8], unmasking mask: (key: UInt32, phase: Int)?) {
    let start = array.count
    array.append(contentsOf: bytes)
    guard let mask else { return }
    array.withUnsafeMutableBytes {
      Masking.apply(mask.key, phase: mask.phase, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
    }
  }

  private static func close(_ payload: [UInt8]) throws(FrameViolation) -> FrameEvent {
    guard !payload.isEmpty else { return .close(code: nil, reason: []) }
    guard payload.count >= 2 else { throw FrameViolation(CloseCode.protocolError, "half a close code") }
    let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
    guard CloseCode.isLegal(code) else { throw FrameViolation(CloseCode.protocolError, "illegal close code") }
    let reason = Array(payload[2...])
    var validator = UTF8Validator()
    guard reason.withUnsafeBytes({ validator.accept($0) }), validator.isComplete else {
      throw FrameViolation(CloseCode.invalidPayload, "invalid UTF-8 in close reason")
    }
    return .close(code: code, reason: reason)
  }
}
