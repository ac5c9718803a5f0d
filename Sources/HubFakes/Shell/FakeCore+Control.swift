import NIOCore
import OrderedJSON
import RealtimeServer

/// Somebody who waits for a list of the control API to grow.
struct FakeWaiter {
  let call: FakeCall
  let timeout: Scheduled<Void>
  let answer: @Sendable (FakeAnswer) -> Void
}

/// The control API as far as every fake has it.
extension FakeCore {
  func control(_ call: FakeCall) async -> FakeAnswer {
    await withCheckedContinuation { continuation in
      eventLoop.execute { self.control(call) { continuation.resume(returning: $0) } }
    }
  }

  func control(_ call: FakeCall, _ answer: @escaping @Sendable (FakeAnswer) -> Void) {
    switch (call.method, call.path.dropFirst().first) {
    case (_, "faults"): answer(faults(call))
    case ("GET", "clock"): answer(.json(200, ["now": .number(JSONNumber(clock.now))]))
    case ("POST", "clock"): answer(moveClock(call))
    case ("POST", "sockets"): answer(disturbSockets(call))
    case ("POST", "reset"):
      faults.removeAll()
      provider.reset()
      forget()
      settle()
      answer(.done)
    case ("POST", "restart"):
      answer(.done)
      Task { [tell] in
        do { try await restart() } catch { tell("restart failed: \(error)") }
      }
    default: ask(call, answer)
    }
  }

  // MARK: What the provider has to say

  private func ask(_ call: FakeCall, _ answer: @escaping @Sendable (FakeAnswer) -> Void) {
    guard let reply = provider.control(call, now: clock.now) else {
      return answer(.complaint(404, "no such call: \(call.method) /\(call.path.joined(separator: "/"))"))
    }
    perform(reply.effects)
    if call.method != "GET" { settle() }
    guard call.method == "GET", let patience = call.parameter("wait").flatMap({ Span.milliseconds($0) }), reply.answer.lacks(call) else {
      return answer(reply.answer)
    }
    lastWaiter += 1
    let number = lastWaiter
    let timeout = eventLoop.scheduleTask(in: .milliseconds(patience)) { [weak self] in
      guard let self, let waiter = waiters.removeValue(forKey: number) else { return }
      waiter.answer(provider.control(waiter.call, now: clock.now)?.answer ?? .done)
    }
    waiters[number] = FakeWaiter(call: call, timeout: timeout, answer: answer)
  }

  /// Answers those whose list is long enough by now.
  func reconsiderWaiters() {
    for (number, waiter) in waiters {
      guard let answer = provider.control(waiter.call, now: clock.now)?.answer, answer.lacks(waiter.call) == false else { continue }
      waiters[number] = nil
      waiter.timeout.cancel()
      waiter.answer(answer)
    }
  }

  // MARK: What goes wrong

  private func faults(_ call: FakeCall) -> FakeAnswer {
    switch call.method {
    case "GET": return .json(200, ["waiting": .number(JSONNumber(Int64(faults.faults.reduce(0) { $0 + $1.count })))])
    case "DELETE":
      faults.removeAll()
      return .done
    case "POST":
      guard let object = call.json?.object else { return .complaint(400, "the body is a JSON object") }
      do throws(Fault.Problem) {
        faults.add(try Fault(object))
        return .done
      } catch {
        return .complaint(400, error.text)
      }
    default: return .complaint(405, "GET, POST or DELETE")
    }
  }

  private func moveClock(_ call: FakeCall) -> FakeAnswer {
    guard let span = Span.milliseconds(call.json?["advance"]) else { return .complaint(400, #"say {"advance": "6h"}"#) }
    clock.advance(by: span)
    keep(advance: span)
    elapse()
    return .json(200, ["now": .number(JSONNumber(clock.now))])
  }

  private func disturbSockets(_ call: FakeCall) -> FakeAnswer {
    let namespace = call.json?["namespace"]?.string
    let targets = sockets.values.filter { namespace == nil || $0.socket.namespace == namespace }
    switch call.json?["do"]?.string {
    case "disconnect": for target in targets { realtime?.disconnect(target.id) }
    case "close": for target in targets { realtime?.disconnect(target.id, closeTransport: true) }
    case "end": for target in targets { realtime?.end(target.id) }
    case "garbage":
      let text = call.json?["text"]?.string ?? "garbage"
      for target in targets { realtime?.send(raw: Array(text.utf8), to: target.id) }
    case "huge":
      let name = call.json?["event"]?.string ?? "messages.upsert"
      let length = min(call.json?["bytes"]?.int64 ?? 100_000_000, 1 << 29)
      let arguments = Array("[\"".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: Int(length)) + Array("\"]".utf8)
      for target in targets { realtime?.emit(to: target.id, packet: EventPacket(name, arguments: arguments)) }
    default: return .complaint(400, #"say {"do": "disconnect", "close", "end", "garbage" or "huge"}"#)
    }
    return .json(200, ["sockets": .number(JSONNumber(Int64(targets.count)))])
  }
}

extension FakeAnswer {
  /// Nothing more to say.
  static var done: Self { .json(200, ["ok": true]) }

  /// What was wrong with a call of the control API.
  static func complaint(_ status: Int, _ text: String) -> Self { .json(status, ["error": .string(text)]) }

  /// A list, from `since` on.
  static func list(_ items: [JSONValue], _ call: FakeCall) -> Self {
    let since = call.parameter("since").flatMap { Int($0) } ?? 0
    return .json(200, ["items": .array(Array(items.dropFirst(since))), "total": .number(JSONNumber(Int64(items.count)))])
  }

  /// Whether it lists fewer items than were asked for.
  fileprivate func lacks(_ call: FakeCall) -> Bool {
    (json?["items"]?.array?.count ?? .max) < (call.parameter("atLeast").flatMap { Int($0) } ?? 1)
  }
}
