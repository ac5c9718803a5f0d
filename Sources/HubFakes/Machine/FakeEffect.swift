/// A request that a provider makes: a webhook, a handshake, a file it fetches.
package struct OutgoingCall: Sendable, Equatable {
  /// Names it in ``FakeProvider/called(_:_:at:)``.
  package var id: Int
  package var method = "POST"
  package var url: String
  package var headers: [FakeAnswer.Field] = []
  package var body: [UInt8] = []
  /// How long an answer is awaited, in milliseconds.
  package var timeout: Int64 = 10_000
}

/// What became of an ``OutgoingCall``.
package enum CallOutcome: Sendable, Equatable {
  case answered(status: Int, body: [UInt8])
  /// No connection, no answer in time, or what came was no HTTP.
  case failed(String)

  var status: Int? { if case .answered(let status, _) = self { status } else { nil } }
}

/// An event to sockets. `arguments` is the array without the name; bytes are named by placeholders.
package struct SocketEmit: Sendable, Equatable {
  package var namespace: String
  /// Whom it reaches; nil is the whole namespace.
  package var room: String?
  package var name: String
  package var arguments: [UInt8]
  package var attachments: [[UInt8]] = []
}

/// What a provider's machine wants done. It never does it itself, so that it is tested without sockets and clocks.
package enum FakeEffect: Sendable, Equatable {
  case call(OutgoingCall)
  case openNamespace(String)
  case emit(SocketEmit)
  case enter(socket: String, room: String)
  case leave(socket: String, room: String)
  /// Puts a socket out of its namespace, or ends its whole transport, as `io server disconnect`.
  case disconnect(socket: String, closesTransport: Bool)
  /// A line for the operator.
  case say(String)
}

/// An answer and what goes with it.
package struct FakeReply: Sendable, Equatable {
  package var answer: FakeAnswer
  package var effects: [FakeEffect] = []
}
