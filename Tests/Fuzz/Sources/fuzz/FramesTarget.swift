import WebSocketFrames

/// A stream of frames behind two bytes that choose role, limit, cuts, compression and what becomes of a message over the limit. It means the
/// same however it is cut, nothing is longer than the limit, and what is framed again, compressed or not, reads the same.
enum FramesTarget: FuzzTarget {
  private struct Rules {
    let role: Role
    let limit: Int
    let skips: Bool
    /// Whether messages may come compressed, and refer to earlier ones.
    let inflates, keepsContext: Bool

    init(_ choices: UInt8, limit: UInt8) {
      role = choices & 0x01 == 0 ? .server : .client
      inflates = choices & 0x40 != 0
      keepsContext = choices & 0x20 != 0
      skips = choices & 0x80 != 0 && inflates == false
      self.limit = Int(limit)
    }

    var decoder: FrameDecoder {
      FrameDecoder(role: role, limit: limit, inflater: inflates ? Inflater(keepsContext: keepsContext) : nil, skipsOversize: skips)
    }
  }

  private struct Outcome: Equatable {
    var events: [FrameEvent] = []
    var violation: UInt16?
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard input.count > 2 else { return }
    let rules = Rules(input[0], limit: input[1])
    let stream = UnsafeRawBufferPointer(rebasing: input[2...])
    let whole = outcome(stream, rules, piece: stream.count)
    require(outcome(stream, rules, piece: 1) == whole, "byte by byte it means something else")
    let piece = Int(input[0] >> 1) + 2
    require(outcome(stream, rules, piece: piece) == whole, "in pieces of \(piece) it means something else")
    for event in whole.events { check(event, rules) }
  }

  private static func outcome(_ stream: UnsafeRawBufferPointer, _ rules: Rules, piece: Int) -> Outcome {
    var decoder = rules.decoder
    var result = Outcome()
    do {
      for start in stride(from: 0, to: stream.count, by: piece) {
        let bytes = UnsafeRawBufferPointer(rebasing: stream[start..<min(start + piece, stream.count)])
        var offset = 0
        while let event = try decoder.next(bytes, at: &offset) { result.events.append(event) }
        require(offset == bytes.count, "bytes are left over")
      }
    } catch {
      result.violation = error.code
      require(CloseCode.isLegal(error.code), "a violation without a legal close code")
    }
    return result
  }

  private static func check(_ event: FrameEvent, _ rules: Rules) {
    let framed: [UInt8]
    // Masks are random in the frames of a client: what comes out of the decoder must not depend on them.
    let sender: Role = rules.role == .server ? .client : .server
    switch event {
    case .text(let bytes):
      require(rules.limit == 0 || bytes.count <= rules.limit, "a text over the limit")
      require(String(validating: bytes, as: UTF8.self) != nil, "a text that is not UTF-8")
      framed = FrameHeader.frame(.text, bytes, role: sender)
      if rules.inflates { checkCompressed(.text, bytes, event, rules) }
    case .binary(let bytes):
      require(rules.limit == 0 || bytes.count <= rules.limit, "a message over the limit")
      framed = FrameHeader.frame(.binary, bytes, role: sender)
      if rules.inflates { checkCompressed(.binary, bytes, event, rules) }
    case .skipped(_, let head, let bytes):
      require(rules.skips && bytes > rules.limit, "a message within the limit was passed over")
      return require(head.count <= bytes, "more of a message than there was")
    case .ping(let bytes):
      require(bytes.count <= 125, "a long ping")
      framed = FrameHeader.frame(.ping, bytes, role: sender)
    case .pong(let bytes):
      require(bytes.count <= 125, "a long pong")
      framed = FrameHeader.frame(.pong, bytes, role: sender)
    case .close(let code, let reason):
      require(code.map(CloseCode.isLegal) ?? reason.isEmpty, "an illegal close")
      framed = FrameHeader.frame(.close, FrameHeader.closePayload(code) + reason, role: sender)
    }
    let again = framed.withUnsafeBytes { outcome($0, rules, piece: $0.count) }
    require(again == Outcome(events: [event]), "framed again it means something else")
  }

  private static func checkCompressed(_ opcode: Opcode, _ message: [UInt8], _ event: FrameEvent, _ rules: Rules) {
    var payload: [UInt8] = []
    message.withUnsafeBytes { deflater.compress($0, to: &payload) }
    var framed: [UInt8] = []
    FrameHeader(opcode, isCompressed: true, length: payload.count, mask: rules.role == .server ? 0 : nil).forEachByte { framed.append($0) }
    let again = (framed + payload).withUnsafeBytes { outcome($0, rules, piece: $0.count) }
    require(again == Outcome(events: [event]), "compressed and framed again it means something else")
  }

  nonisolated(unsafe) private static let deflater = Deflater(.message(windowBits: 15))  // libFuzzer has one thread
}
