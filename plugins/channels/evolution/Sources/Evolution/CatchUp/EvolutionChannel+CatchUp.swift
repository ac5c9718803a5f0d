import HubModel
import HubPluginSDK
import OrderedJSON
import Synchronization

/// Catching up with what happened while nothing was heard: the server repeats nothing, but its database can be asked.
extension EvolutionChannel {
  /// How often what is known to be complete is kept, and looked for who fell silent.
  private static let roundMs: UInt64 = 30_000

  var server: EvolutionServer? { configuration.server.map { EvolutionServer(address: $0, services: services) } }

  private func key(_ instance: String) -> String { "complete/" + instance }

  /// Reads what an earlier run kept.
  func restoreAttendance() async {
    for instance in configuration.instances {
      do {
        let kept = try await services.values.get(key(instance))
        let complete = kept.flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        attendance.withLock { $0.restore(instance, completeMs: complete) }
      } catch {
        // Without it nobody knows what was missed while the hub was away.
        services.log(.warning, "what was heard last can't be read", ["instance": .string(instance), "reason": .string("\(error)")])
      }
    }
  }

  func keepAttendance() {
    for (instance, complete) in attendance.withLock({ $0.unsaved(nowMs: HubClock.wall()) }) {
      services.values.put(Array("\(complete)".utf8), for: key(instance)) { [self] result in tellKept(result) }
    }
  }

  /// The last time, which is on disk when this returns: what is kept after the end of an adapter is kept by nobody.
  func keepAttendanceForGood() async {
    for (instance, complete) in attendance.withLock({ $0.unsaved(nowMs: HubClock.wall()) }) {
      let result = await withCheckedContinuation { continuation in
        services.values.put(Array("\(complete)".utf8), for: key(instance)) { continuation.resume(returning: $0) }
      }
      tellKept(result)
    }
  }

  private func tellKept(_ result: Result<Void, HubError>) {
    // At the end the one before stands, and costs a little more to catch up with.
    guard case .failure(let error) = result, error.code != .closed else { return }
    guard notices.withLock({ $0.reports(.unkept, nowMs: HubClock.wall()) }) else { return }
    services.log(.warning, "what was heard last can't be kept", ["reason": .string("\(error)")])
  }

  /// Keeps what is complete, looks for who fell silent, and does so again.
  func attend() {
    keepAttendance()
    attendGlobal()
    let nowMs = HubClock.wall()
    if configuration.silenceMs > 0, configuration.server != nil {
      let (limit, first) = (configuration.silenceMs, firstSilenceMs)
      for gap in attendance.withLock({ $0.silent(for: limit, first: first, nowMs: nowMs) }) { look(into: gap) }
    }
    try? services.later(milliseconds: Self.roundMs) { [weak self] in self?.attend() }
  }

  /// An instance is heard from now on.
  func arrive(_ instance: String) {
    live.withLock { $0.filled(instance) }
    if let gap = attendance.withLock({ $0.arrive(instance, nowMs: HubClock.wall()) }) { fill(gap) }
  }

  /// Something of an instance was lost.
  func miss(_ instance: String) {
    if let gap = attendance.withLock({ $0.miss(instance, nowMs: HubClock.wall()) }) { fill(gap) }
  }

  func hear(_ instance: String?) {
    if let instance { attendance.withLock { $0.hear(instance, nowMs: HubClock.wall()) } }
  }

  private func run(_ work: @escaping @Sendable (EvolutionChannel) async -> Void) {
    tasks.run { [weak self] in if let self { await work(self) } }
  }

  /// Nothing was heard for long. If something happened all the same, the connection is not what it seems.
  private func look(into gap: Attendance.Gap) {
    run { channel in
      await channel.askState(of: gap.instance)
      // That it couldn't be looked at is no gap.
      guard await channel.walk(gap, isGap: false) > 0 else { return }
      channel.counters.withLock { $0 }?.countDeaf()
      channel.services.log(.warning, "an instance went on without being heard", ["instance": .string(gap.instance)])
      channel.missedGlobal()
      if channel.configuration.mode != .webhook { channel.reopenSocket() }
    }
  }

  private func fill(_ gap: Attendance.Gap) { run { _ = await $0.walk(gap) } }

  /// An instance whose session has died may not say so.
  private func askState(of instance: String) async {
    guard let word = try? await server?.state(of: instance), states.withLock({ $0.differs(word, from: instance) }) else { return }
    let envelope: JSONValue = ["event": "connection.update", "instance": .string(instance), "data": ["state": .string(word)]]
    store(EnvelopeParser(instances: [instance], receivedMs: HubClock.wall()).parse(envelope), cause: "") { _ in }
  }

  /// Goes through a gap until it is closed, or left because its instance was, or because the adapter ends.
  /// - Returns: how many events were news.
  private func walk(_ gap: Attendance.Gap, isGap: Bool = true) async -> Int {
    let (old, recent) = gap.cut(to: configuration.catchUpMs)
    if isGap, let old {
      let reason = configuration.catchUpMs > 0 ? "it is longer ago than catch_up" : "catch_up is off"
      guard await giveUp(old, of: gap, reason) else { return 0 }
    }
    guard let server, configuration.catchUpMs > 0, let rest = attendance.withLock({ $0.shorten(gap, to: recent) }) else {
      close(gap)
      return 0
    }
    var walk = GapWalk(rest)
    while let question = walk.question {
      guard attendance.withLock({ $0.isOpen(walk.gap) }) else { return walk.found }
      do {
        guard let (records, upToMs) = try walk.take(try await server.messages(question, of: gap.instance)) else { continue }
        let news = try await store(records, of: walk.gap)
        guard let rest = attendance.withLock({ $0.filled(walk.gap, upToMs: upToMs) }) else { return walk.found + news }
        walk.stored(news, rest: rest)
      } catch {
        let isOurs = (error as? HubHTTPFailure)?.code == .busy
        guard let wait = walk.failed(counts: isOurs == false) else {
          if isGap { guard await giveUp(walk.gap, of: walk.gap, "\(error)") else { return walk.found } }
          close(walk.gap)
          return walk.found
        }
        try? await Task.sleep(for: .milliseconds(wait))
        guard Task.isCancelled == false else { return walk.found }
        // A server that can't be asked is no reason to be late with what it says. One that went away altogether is heard of by now.
        if attendance.withLock({ $0.isOpen(walk.gap) }) { hurry(gap.instance) }
      }
    }
    close(walk.gap)
    if isGap {
      counters.withLock { $0 }?.countFilled(walk.found)
      services.log(.info, "caught up", gap.fields + ["events": .number(JSONNumber(Int64(walk.found)))])
    }
    return walk.found
  }

  private func close(_ gap: Attendance.Gap) {
    let (next, isFilling) = attendance.withLock { attendance in
      let next = attendance.close(gap, nowMs: HubClock.wall())
      return (next, attendance.isFilling(gap.instance))
    }
    if let next { fill(next) }
    if isFilling == false { release(gap.instance, isFilled: true) }
  }

  private func store(_ records: [JSONObject], of gap: Attendance.Gap) async throws -> Int {
    let parsed = StoredMessages.parse(records, of: gap.instance, receivedMs: HubClock.wall())
    return try await insist(on: gap) {
      try await withCheckedThrowingContinuation { continuation in
        self.store(parsed, cause: "") { continuation.resume(with: $0.mapError { $0 as any Error }) }
      }
    }
  }

  /// Hands something to the journal until it is taken: that the journal has no room says nothing of the gap. Ends with the gap.
  private func insist<Taken: Sendable>(on gap: Attendance.Gap, _ hand: () async throws -> Taken) async throws -> Taken {
    var waitMs: Int64 = 100
    while true {
      do {
        return try await hand()
      } catch let error as HubError where error.code == .busy || error.code == .failed {
        if notices.withLock({ $0.reports(.unavailable, nowMs: HubClock.wall()) }) {
          services.log(.error, "what was caught up with cannot be stored now", gap.fields + ["reason": .string(error.description)])
        }
        try await Task.sleep(for: .milliseconds(waitMs))
        guard attendance.withLock({ $0.isOpen(gap) }) else { throw error }
        waitMs = min(waitMs * 2, 5000)
      }
    }
  }

  /// Tells that a time can't be filled, once the journal takes it.
  ///
  /// - Parameter gap: the gap that it is a part of.
  /// - Returns: whether it was told. If not, the gap is open still, and is found again when its instance or the adapter comes back.
  private func giveUp(_ part: Attendance.Gap, of gap: Attendance.Gap, _ reason: String) async -> Bool {
    do {
      _ = try await insist(on: gap) { try await services.emit([HubEvent(part, reason: reason)]) }
    } catch {
      return false
    }
    counters.withLock { $0 }?.countGivenUp()
    services.log(.error, "a gap can't be filled", part.fields + ["reason": .string(reason)])
    return true
  }
}

extension Attendance.Gap {
  fileprivate var fields: JSONObject {
    [
      "instance": .string(instance), "from": .string(Timestamp(milliseconds: fromMs).iso8601),
      "to": .string(Timestamp(milliseconds: toMs).iso8601),
    ]
  }
}

extension JSONObject {
  fileprivate static func + (one: JSONObject, other: JSONObject) -> JSONObject {
    JSONObject((one.members + other.members).map { ($0.key, $0.value) })
  }
}

extension HubEvent {
  /// What a client is told of a gap that stays one.
  fileprivate init(_ gap: Attendance.Gap, reason: String) {
    let body: JSONValue = [
      "state": [
        "state": "gap", "event": "catch_up", "from": .string(Timestamp(milliseconds: gap.fromMs).iso8601),
        "to": .string(Timestamp(milliseconds: gap.toMs).iso8601), "reason": .string(reason),
      ]
    ]
    self.init(
      id: "gap:\(gap.fromMs):\(gap.toMs)", kind: EventKind.channelState.rawValue, account: gap.instance, conversation: "", cause: "",
      timeMilliseconds: gap.toMs, body: body.serialized())
  }
}
