import EngineIO
import NIOCore

/// The HTTP side of a session.
extension Session {
  func poll(_ responder: HTTPResponder) {
    // A poll of a session whose time is up may be read before the timer has its turn.
    tick(loop.now)
    switch engine.poll(hasData: polling?.isEmpty == false) {
    case .hold: polling?.responder = responder
    case .answer: responder.respond(.payload(takePayload()))
    case .noop: responder.respond(.payload([PacketKind.noop.rawValue]))
    case .farewell:
      if loop.isShuttingDown {
        responder.respond(.refused(.sessionUnknown))
      } else {
        responder.respond(.payload([PacketKind.noop.rawValue, PayloadReader.separator, PacketKind.close.rawValue]))
      }
      loop.forget(self)
    case .overlap:
      ended(.transportError)
      responder.respond(.refused(.badRequest))
    case .refuse(let error): responder.respond(.refused(error))
    }
  }

  /// The client hung up while its poll waited.
  func pollAborted(_ responder: HTTPResponder) {
    guard polling?.responder === responder, engine.pollAborted() else { return }
    polling?.responder = nil
    ended(.transportError)
  }

  /// The head of a post is here; its body is on the way.
  func postBegan() {
    if case .overlap = engine.post() { ended(.transportError) }
  }

  func postFailed(_ reason: BodyFailure) {
    if reason == .tooLarge {
      engine.postEnded()
    } else if engine.postAborted() {
      ended(.transportError)
    }
  }

  func post(_ request: HTTPRequest, _ responder: HTTPResponder) {
    if engine.isPosting == false {
      switch engine.post() {
      case .accept: break
      case .overlap: ended(.transportError)
      case .refuse(let error): return responder.respond(.refused(error))
      }
    }
    // The reference knows no binary bodies in protocol 4: binary packets are base64 in text.
    if request.header("Content-Type")?.lowercased().hasPrefix("application/octet-stream") == true {
      if engine.postAborted() {
        loop.meters.protocolErrors.increment()
        ended(.transportError)
      }
      return responder.respond(.refused(.badRequest))
    }
    let isLegal = take(payload: request.body)
    engine.postEnded()
    if isLegal {
      responder.respond(HTTPResponse(status: 200, contentType: "text/html", headers: [("Cache-Control", "no-store")], text: "ok"))
    } else {
      parseFailed()
      responder.respond(.refused(.badRequest))
    }
  }

  /// False when it is no payload. The packets before a bad one count.
  private func take(payload: ByteBuffer) -> Bool {
    payload.withUnsafeReadableBytes { body in
      var reader = PayloadReader(body)
      do throws(PacketError) {
        while isOver == false, let packet = try reader.next() {
          switch packet {
          case .text(let kind, let range): take(kind, text: Array(body[(range.lowerBound - 1)..<range.upperBound]))
          case .binary(let bytes): take(binary: bytes)
          }
        }
        return true
      } catch {
        return false
      }
    }
  }

  func takePayload() -> PollingBuffer.Payload { polling?.takePayload(limit: loop.options.packetsPerPoll) ?? .init() }

  /// A server that goes down: the waiting poll fails as if the session were unknown. A close packet would tell python-socketio
  /// to stay away; after an error every client comes back.
  func loseSession() {
    polling?.responder?.respond(.refused(.sessionUnknown))
    polling?.responder = nil
  }

  /// Answers the waiting poll, if there is one, with control packets.
  func respondToPoll(_ packets: [UInt8]) { respondToPoll(.payload(packets)) }

  /// Answers the waiting poll, if there is one.
  func respondToPoll(_ response: HTTPResponse) {
    guard let responder = polling?.responder else { return }
    polling?.responder = nil
    responder.respond(response)
  }
}

extension HTTPResponse {
  /// The answer to a poll: packets of the engine's own.
  static func payload(_ bytes: [UInt8], headers: [(String, String)] = []) -> HTTPResponse {
    HTTPResponse(
      status: 200, contentType: "text/plain; charset=UTF-8", headers: [("Cache-Control", "no-store")] + headers, bytes: bytes)
  }

  /// The answer to a poll: packets that waited for it.
  static func payload(_ payload: PollingBuffer.Payload) -> HTTPResponse {
    var response = HTTPResponse.payload(payload.bytes)
    response.isCompressible = payload.isCompressible
    return response
  }

  /// A numbered refusal, in other words than its own if there are any.
  static func refused(_ error: RequestError, message: String? = nil) -> HTTPResponse {
    HTTPResponse(status: error.status, contentType: "application/json", bytes: error.body(message: message))
  }
}
