import WebSocketFrames

/// A stream of frames behind two bytes that choose role, limit and cuts. It means the same however it is cut, nothing is longer than
/// the limit, and what is framed again reads the same.
enum FramesTarget: FuzzTarget {
  private struct Outcome: Equatable {
    var events: [FrameEvent] = []
    var violation: UInt16?
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard input.count > 2 else { return }
    let role: Role = input[0] & 1 == 0 ? .server : .client
    let limit = Int(input[1])
    let stream = UnsafeRawBufferPointer(rebasing: input[2...])
    let whole = outcome(stream, role: role, limit: limit, piece: stream.count)
    require(outcome(stream, role: role, limit: limit, piece: 1) == whole, "byte by byte it means something else")
    let piece = Int(input[0] >> 1) + 2
    require(outcome(stream, role: role, limit: limit, piece: piece) == whole, "in pieces of \(piece) it means something else")
    for event in whole.events { check(event, role: role, limit: limit) }
  }

  private static func outcome(_ stream: UnsafeRawBufferPointer, role: Role, limit: Int, piece: Int) -> Outcome {
    var decoder = FrameDecoder(role: role, limit: limit)
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

  private static func check(_ event: FrameEvent, role: Role, limit: Int) {
    let framed: [UInt8]
    // Masks are random in the frames of a client: what comes out of the decoder must not depend on them.
    let sender: Role = role == .server ? .client : .server
    switch event {
    case .text(let bytes):
      require(limit == 0 || bytes.count <= limit, "a text over the limit")
      require(String(validating: bytes, as: UTF8.self) != nil, "a text that is not UTF-8")
      framed = FrameHeader.frame(.text, bytes, role: sender)
    case .binary(let bytes):
      require(limit == 0 || bytes.count <= limit, "a message over the limit")
      framed = FrameHeader.frame(.binary, bytes, role: sender)
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
    let again = framed.withUnsafeBytes { outcome($0, role: role, limit: limit, piece: $0.count) }
    require(again == Outcome(events: [event]), "framed again it means something else")
  }
}
