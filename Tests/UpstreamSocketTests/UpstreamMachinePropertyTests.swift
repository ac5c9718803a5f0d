import HubTesting
import Testing

@testable import UpstreamSocket

@Suite("What a client does, whatever happens")
struct UpstreamMachinePropertyTests {
  /// The world as the machine's actions make it, with a check for each of them.
  private struct World {
    private enum Namespace: Equatable {
      case idle, asked, joined
      case waiting(since: Int64, wait: Int64)
    }

    let names: [String]
    /// The connections that were begun and have not ended.
    var live: Set<UInt64> = []
    var isOpen = false
    var isHeld = false
    private var namespaces: [String: Namespace] = [:]
    private var failures = 0
    private var refusals: [String: Int] = [:]
    private var openedAt: Int64 = 0
    private var waiting: (since: Int64, wait: Int64)?
    var owed: Set<UInt64> = []
    var problems: [String] = []

    init(names: [String]) {
      self.names = names
      for name in names { namespaces[name] = .idle }
    }

    func names(asked: Bool) -> [String] { names.filter { namespaces[$0] == (asked ? .asked : .joined) } }

    private static func isJittered(_ wait: Int64, attempts: Int) -> Bool {
      let base: Int64 = min(1000 << Int64(min(attempts, 10)), 30_000)
      return (base * 8 / 10...base * 12 / 10).contains(wait)
    }

    private mutating func lose() {
      (isOpen, isHeld) = (false, false)
      for name in names { namespaces[name] = .idle }
      refusals = [:]
    }

    mutating func apply(_ actions: [UpstreamMachine.Action], now: Int64) {
      for action in actions { apply(action, now: now) }
    }

    private mutating func apply(_ action: UpstreamMachine.Action, now: Int64) {
      switch action {
      case .dial(let number):
        if !live.isEmpty { problems.append("two connections at once") }
        if let waiting, now < waiting.since + waiting.wait { problems.append("dialed too early") }
        live.insert(number)
        waiting = nil
      case .hangUp(let number): if live.remove(number) == nil { problems.append("hung up what was over") }
      case .join(let name):
        switch namespaces[name] {
        case .idle: if !isOpen { problems.append("asked without a session") }
        case .waiting(let since, let wait): if now < since + wait { problems.append("\(name) asked too early") }
        default: problems.append("\(name) asked in state \(String(describing: namespaces[name]))")
        }
        namespaces[name] = .asked
      case .read(let reads):
        if !isOpen || reads != isHeld { problems.append("reading \(reads) out of turn") }
        isHeld = !reads
      case .send: if live.isEmpty { problems.append("sent on no connection") }
      case .answer(let id, let answer):
        if owed.remove(id) == nil { problems.append("answered twice") }
        if isHeld, answer == .timeout { problems.append("an answer is late that couldn't be heard") }
      case .tell(let event): told(event, now: now)
      }
    }

    private mutating func told(_ event: UpstreamEvent, now: Int64) {
      switch event {
      case .connected:
        isOpen = true
        openedAt = now
      case .joined(let name, _):
        if namespaces[name] != .asked { problems.append("\(name) joined unasked") }
        namespaces[name] = .joined
        (failures, refusals[name]) = (0, 0)
      case .refused(let name, _, _, let wait): backOff(name, from: .asked, wait, now: now)
      case .left(let name, let wait): backOff(name, from: .joined, wait, now: now)
      case .event(let name, let event, _, let attachments, _):
        if namespaces[name] != .joined { problems.append("an event of \(name), which isn't joined") }
        if attachments.count != (event == "file" ? 1 : 0) { problems.append("\(event) with \(attachments.count) attachments") }
        if attachments.contains(where: { $0.count > 1000 }) { problems.append("an attachment over the limit") }
      case .dropped(.notJoined, let name): if namespaces[name] == .joined { problems.append("an event of \(name) was dropped") }
      case .disconnected(let end, let wait):
        if isHeld, end.code == .silent { problems.append("left for a silence of our own") }
        if !owed.isEmpty { problems.append("answers are owed beyond the connection") }
        if isOpen, now - openedAt >= 30_000 { failures = 0 }
        lose()
        guard let wait else { return }
        if !Self.isJittered(wait, attempts: failures) { problems.append("wait \(wait) after \(failures) failures") }
        failures += 1
        waiting = (now, wait)
      case .connecting, .lost, .dropped: break
      }
    }

    private mutating func backOff(_ name: String, from state: Namespace, _ wait: Int64, now: Int64) {
      if namespaces[name] != state { problems.append("\(name) ended in state \(String(describing: namespaces[name]))") }
      if !Self.isJittered(wait, attempts: refusals[name] ?? 0) { problems.append("\(name) waits \(wait)") }
      refusals[name, default: 0] += 1
      namespaces[name] = .waiting(since: now, wait: wait)
    }
  }

  @Test(
    "never two sessions, waits in range, no namespace asked twice, every emit answered once, nobody blamed for what wasn't read",
    arguments: 0..<60)
  func holds(seed: UInt64) async {
    var random = SeededGenerator(seed: seed)
    var settings = UpstreamMachine.Settings()
    settings.namespaces = ["/", "/a", "/b"]
    settings.maxMessage = 1000
    var machine = UpstreamMachine(settings)
    var world = World(names: settings.namespaces)
    var (now, emits) = (Int64(0), UInt64(0))
    world.apply(machine.start(now: 0), now: 0)
    for _ in 0..<600 {
      let dice = Double.random(in: 0..<1, using: &random)
      let number = Bool.random(using: &random) ? world.live.first ?? 0 : UInt64.random(in: 0...20, using: &random)
      let name = settings.namespaces.randomElement(using: &random) ?? "/"
      let place = name == "/" ? "" : name + ","
      var text: String?
      // What isn't read doesn't arrive: only the clock goes on, and this side acts.
      switch world.isHeld ? Int.random(in: 11..<20, using: &random) : Int.random(in: 0..<20, using: &random) {
      case 0, 1: text = PacketStreamTests.open
      case 2, 3, 4: text = #"40\#(place){"sid":"x"}"#
      case 5, 6: text = #"44\#(place){"message":"Invalid namespace"}"#
      case 7: text = "41\(place)"
      case 8: text = #"42\#(place)["event",1]"#
      case 9: text = #"43\#(place)\#(UInt64.random(in: 0...(emits + 1), using: &random))[]"#
      case 10: text = Int.random(in: 0..<8, using: &random) == 0 ? "garbage" : "2"
      case 11 where Int.random(in: 0..<3, using: &random) == 0:
        let actions = machine.ended(number, UpstreamEnd(.lost, "lost"), now: now, random: dice)
        if !actions.isEmpty { world.live.remove(number) }
        world.apply(actions, now: now)
      case 12:
        emits += 1
        world.owed.insert(emits)
        let emit = UpstreamEmit(name: "x", arguments: Array("[]".utf8), namespace: name, wantsAnswer: dice < 0.7)
        world.apply(machine.emit(emit, id: emits, now: now), now: now)
      case 13:
        world.apply(machine.hold(.random(using: &random), now: now), now: now)
      case 14 where !world.isHeld: text = #"451-\#(place)["file",{"_placeholder":true,"num":0}]"#
      case 15 where !world.isHeld:
        machine.heard(number, now: now)
        let bytes = [UInt8](repeating: 7, count: .random(in: 0...1500, using: &random))
        let actions =
          bytes.count <= 1000 || dice < 0.5
          ? machine.received(binary: bytes, number, now: now, random: dice)
          : machine.skipped(isText: false, head: [], bytes: UInt64(bytes.count), number, now: now, random: dice)
        world.apply(actions, now: now)
      case 16 where !world.isHeld:
        machine.heard(number, now: now)
        let head = Array(#"42\#(place)["large","#.utf8)
        world.apply(machine.skipped(isText: true, head: head, bytes: 9000, number, now: now, random: dice), now: now)
      default:
        // Sometimes to the moment, sometimes past it.
        let due = machine.deadline ?? now
        now = max(now, dice < 0.5 ? due : now + Int64.random(in: 0...20_000, using: &random))
        world.apply(machine.wake(now: now, random: dice), now: now)
      }
      if let text {
        machine.heard(number, now: now)
        world.apply(machine.received(text: Array(text.utf8), number, now: now, random: dice), now: now)
      }
      #expect(world.problems == [])
      #expect(world.live.count <= 1)
      #expect(machine.joinedNamespaces == world.names(asked: false))
      #expect(machine.isHeld == world.isHeld)
      guard world.problems.isEmpty else { return }
    }
    world.apply(machine.stop(), now: now)
    #expect(world.problems == [] && world.live.isEmpty && world.owed.isEmpty && machine.deadline == nil)
  }
}
