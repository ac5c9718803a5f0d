/// Up to when nothing of each instance was missed. Times are in milliseconds since 1970.
struct Attendance: Sendable {
  /// A time in which something may have been missed.
  struct Gap: Sendable, Hashable {
    let instance: String
    var fromMs: Int64
    var toMs: Int64
  }

  /// The server's clock and this one may differ, and what was said last may not have been stored yet.
  static let overlapMs: Int64 = 60_000

  private struct Instance {
    /// Nothing before was missed; nil when nothing was ever heard.
    var completeMs: Int64?
    var isPresent = false
    /// The time that is being caught up with.
    var gap: Gap?
    /// Something was missed while that went on.
    var isTornAgain = false
    /// When something was heard last, or looked for.
    var heardMs: Int64 = 0
    /// Whether it was ever heard, or looked for.
    var isKnown = false
    var savedMs: Int64?
  }

  private var instances: [String: Instance] = [:]

  /// What an earlier run kept.
  mutating func restore(_ instance: String, completeMs: Int64?) {
    instances[instance, default: Instance()].completeMs = completeMs
    instances[instance]?.savedMs = completeMs
  }

  /// It is to be heard from now on: without anything kept, what it says until it is heard was missed.
  mutating func expect(_ instance: String, nowMs: Int64) {
    if instances[instance]?.completeMs == nil { instances[instance, default: Instance()].completeMs = nowMs }
  }

  /// From now on it is heard; what to catch up with.
  mutating func arrive(_ instance: String, nowMs: Int64) -> Gap? {
    var state = instances[instance] ?? Instance()
    defer { instances[instance] = state }
    guard !state.isPresent else { return nil }
    (state.isPresent, state.heardMs) = (true, nowMs)
    return Self.tear(&state, instance, nowMs: nowMs)
  }

  /// It isn't heard any more.
  mutating func leave(_ instance: String, nowMs: Int64) {
    guard var state = instances[instance], state.isPresent else { return }
    if state.gap == nil { state.completeMs = nowMs }
    (state.isPresent, state.gap, state.isTornAgain) = (false, nil, false)
    instances[instance] = state
  }

  /// Something of it was missed while it was heard; what to catch up with.
  mutating func miss(_ instance: String, nowMs: Int64) -> Gap? {
    guard var state = instances[instance], state.isPresent else { return nil }
    defer { instances[instance] = state }
    guard state.gap == nil else {
      state.isTornAgain = true
      return nil
    }
    state.completeMs = nowMs
    return Self.tear(&state, instance, nowMs: nowMs)
  }

  mutating func hear(_ instance: String, nowMs: Int64) {
    instances[instance]?.heardMs = nowMs
    instances[instance]?.isKnown = true
  }

  /// Those of which nothing was heard for so long: it may be that there was nothing, or that it didn't come. What to look through.
  ///
  /// - Parameter first: the limit for those that were never heard nor looked for; nil: the same.
  mutating func silent(for limitMs: Int64, first: Int64? = nil, nowMs: Int64) -> [Gap] {
    var gaps: [Gap] = []
    for (name, var state) in instances where state.isPresent && state.gap == nil {
      guard nowMs - state.heardMs >= (state.isKnown ? limitMs : min(limitMs, first ?? limitMs)) else { continue }
      state.completeMs = state.heardMs
      state.heardMs = nowMs
      state.isKnown = true
      if let gap = Self.tear(&state, name, nowMs: nowMs) { gaps.append(gap) }
      instances[name] = state
    }
    return gaps.sorted { $0.instance < $1.instance }
  }

  /// Whether something that was missed of an instance is being looked up.
  func isFilling(_ instance: String) -> Bool { instances[instance]?.gap != nil }

  /// Whether a gap is still to be filled: its instance wasn't left since.
  func isOpen(_ gap: Gap) -> Bool { instances[gap.instance]?.gap == gap }

  /// The beginning of a gap is given up; what is left of it, unless it isn't open any more.
  mutating func shorten(_ gap: Gap, to rest: Gap) -> Gap? {
    guard isOpen(gap) else { return nil }
    instances[gap.instance]?.gap = rest
    return rest
  }

  /// Part of a gap is filled; what goes on from there.
  mutating func filled(_ gap: Gap, upToMs: Int64) -> Gap? {
    guard isOpen(gap) else { return nil }
    var rest = gap
    rest.fromMs = upToMs - Self.overlapMs
    // The first part may lie before what was known already.
    let complete = max(instances[gap.instance]?.completeMs ?? upToMs, upToMs)
    instances[gap.instance]?.completeMs = complete
    instances[gap.instance]?.gap = rest
    return rest
  }

  /// A gap is closed, filled or given up; what was missed meanwhile.
  mutating func close(_ gap: Gap, nowMs: Int64) -> Gap? {
    guard isOpen(gap), var state = instances[gap.instance] else { return nil }
    defer { instances[gap.instance] = state }
    (state.gap, state.completeMs) = (nil, gap.toMs)
    guard state.isTornAgain else { return nil }
    state.isTornAgain = false
    return Self.tear(&state, gap.instance, nowMs: nowMs)
  }

  /// What to keep for the next run, where it changed.
  mutating func unsaved(nowMs: Int64) -> [(instance: String, completeMs: Int64)] {
    var list: [(String, Int64)] = []
    for (name, var state) in instances {
      let complete = state.isPresent && state.gap == nil ? nowMs : state.completeMs
      guard let complete, complete != state.savedMs else { continue }
      state.savedMs = complete
      instances[name] = state
      list.append((name, complete))
    }
    return list.sorted { $0.0 < $1.0 }
  }

  private static func tear(_ state: inout Instance, _ name: String, nowMs: Int64) -> Gap? {
    guard let complete = state.completeMs else {
      state.completeMs = nowMs
      return nil
    }
    let gap = Gap(instance: name, fromMs: complete - overlapMs, toMs: nowMs)
    state.gap = gap
    return gap
  }
}
