import OrderedJSON
import Testing

@testable import HubFakes

/// The moment of the references' samples: noon in São Paulo, 15:00 UTC.
let noon: Moment = 1_767_625_200_000

extension [FakeEffect] {
  var calls: [OutgoingCall] { compactMap { if case .call(let call) = $0 { call } else { nil } } }
  var emits: [SocketEmit] { compactMap { if case .emit(let emit) = $0 { emit } else { nil } } }
  var lines: [String] { compactMap { if case .say(let line) = $0 { line } else { nil } } }
}

extension OutgoingCall {
  var json: JSONValue? { try? JSONValue(parsing: body) }
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

extension FakeProvider {
  /// Asks the control API.
  mutating func ask(_ method: String, _ target: String, _ body: JSONValue? = nil, now: Moment = noon) -> FakeReply? {
    control(FakeCall(method, "/_fake/\(target)", body: body?.serialized() ?? []), now: now)
  }

  /// The same, where it must be understood.
  mutating func demand(_ method: String, _ target: String, _ body: JSONValue? = nil, now: Moment = noon) throws -> FakeReply {
    let reply = ask(method, target, body, now: now)
    return try #require(reply)
  }

  /// Calls the provider's own API.
  mutating func post(_ target: String, _ body: JSONValue, headers: [(String, String)], now: Moment = noon) -> FakeReply {
    answer(FakeCall("POST", target, headers: headers, body: body.serialized()), now: now)
  }

  /// Lets time pass up to a moment, with everything that is due in between.
  mutating func run(to moment: Moment) -> [FakeEffect] {
    var effects: [FakeEffect] = []
    while let next = nextMoment, next <= moment { effects += elapse(to: next) }
    return effects
  }
}
