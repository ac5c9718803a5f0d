package import OrderedJSON

/// Milliseconds since 1970.
package typealias Moment = Int64

/// A provider as a value: it decides, ``FakeServer`` acts. Every method is told the time.
package protocol FakeProvider: Sendable {
  /// Its name on the command line.
  var name: String { get }
  /// How its Socket.IO server behaves; nil when it has none.
  var engine: FakeEngine? { get }
  /// When something is to happen by itself next.
  var nextMoment: Moment? { get }
  /// What its databases hold since this was last emptied, for those who want to keep it.
  var facts: [JSONObject] { get set }

  /// Takes the facts of earlier runs, the oldest first, before it is started: as if its process had been killed and was there again.
  mutating func recall(_ facts: [JSONObject], now: Moment)
  /// The server listens at `address` (`http://host:port`).
  mutating func started(at address: String, now: Moment) -> [FakeEffect]
  /// A call of the provider's API.
  mutating func answer(_ call: FakeCall, now: Moment) -> FakeReply
  /// What is asked below `/_fake/` beyond what every fake understands; nil is 404.
  mutating func control(_ call: FakeCall, now: Moment) -> FakeReply?
  /// Time has passed.
  mutating func elapse(to now: Moment) -> [FakeEffect]
  /// An ``OutgoingCall`` ended.
  mutating func called(_ id: Int, _ outcome: CallOutcome, now: Moment) -> [FakeEffect]
  /// The provider's own words for an error that was asked for.
  func error(status: Int, code: Int?, text: String?) -> FakeAnswer
  /// As if it had just been started: memory of a process is gone, what a database keeps is not.
  mutating func restarted() -> [FakeEffect]
  /// Forgets everything.
  mutating func reset()

  /// Why a handshake of the Socket.IO server is refused; nil lets it in.
  func refusal(of handshake: FakeCall, from remote: String) -> String?
  mutating func connect(_ socket: FakeSocket, now: Moment) -> FakeAdmission
  mutating func event(_ name: String, _ arguments: [JSONValue], from socket: FakeSocket, now: Moment) -> [FakeEffect]
  mutating func disconnected(_ socket: FakeSocket)
}

/// How a Socket.IO server behaves.
package struct FakeEngine: Sendable, Equatable {
  /// With a slash at the end.
  package var path = "/socket.io/"
  /// Namespaces that are there from the beginning.
  package var namespaces = ["/"]
  /// In milliseconds.
  package var pingInterval: Int64 = 25_000
  package var pingTimeout: Int64 = 20_000
  /// How long a transport may live without having joined a namespace, in milliseconds.
  package var connectTimeout: Int64 = 45_000

  package init() {}
}

/// A client's membership of one namespace.
package struct FakeSocket: Sendable, Hashable {
  package var id: String
  package var namespace: String
  /// What CONNECT carried.
  package var auth: JSONValue
}

/// Whether a socket is let in.
package enum FakeAdmission: Sendable, Equatable {
  case accepted(rooms: [String], effects: [FakeEffect])
  case refused(message: String, data: JSONValue?)
}

extension FakeProvider {
  package var engine: FakeEngine? { nil }
  package mutating func started(at address: String, now: Moment) -> [FakeEffect] { [] }
  package mutating func restarted() -> [FakeEffect] { [] }
  package func refusal(of handshake: FakeCall, from remote: String) -> String? { nil }
  package mutating func connect(_ socket: FakeSocket, now: Moment) -> FakeAdmission { .refused(message: "Invalid namespace", data: nil) }
  package mutating func event(_ name: String, _ arguments: [JSONValue], from socket: FakeSocket, now: Moment) -> [FakeEffect] { [] }
  package mutating func disconnected(_ socket: FakeSocket) {}
}
