import HubTesting
import Testing

@testable import HubRouter

@Suite("Lanes of messages to send")
struct SendLanesTests {
  private let account = SendLanes.Account(channel: "meta", account: "1")

  private func lane(_ conversation: Int64, _ account: SendLanes.Account? = nil) -> SendLanes.Lane {
    SendLanes.Lane(account ?? self.account, conversation: conversation)
  }

  private func start(_ number: Int64, _ attempt: Int = 1) -> SendLanes.Start { .init(number: number, attempt: attempt) }

  @Test("a conversation's messages go one after the other, those of others beside them")
  func order() {
    var lanes = SendLanes()
    #expect(lanes.offer(1, lane: lane(7), now: .zero) == [start(1)])
    #expect(lanes.offer(2, lane: lane(7), now: .zero) == [])
    #expect(lanes.offer(3, lane: lane(8), now: .zero) == [start(3)])
    #expect(lanes.complete(start(1), .settled, now: .zero) == [start(2)])
    #expect(lanes.complete(start(1), .settled, now: .zero) == [])
    #expect(lanes.complete(start(2), .settled, now: .zero) == [])
    #expect(lanes.count == 1 && lanes.inFlight == 1)
  }

  @Test("one that is tried again holds up its conversation and nothing else, and goes before what came later")
  func retry() {
    var lanes = SendLanes()
    _ = lanes.offer(1, lane: lane(7), now: .zero)
    _ = lanes.offer(2, lane: lane(7), now: .zero)
    #expect(lanes.complete(start(1), .again(after: .seconds(3), wholeAccount: false), now: .zero) == [])
    #expect(lanes.offer(3, lane: lane(8), now: .seconds(1)) == [start(3)])
    #expect(lanes.nextWake(now: .seconds(1)) == .seconds(3))
    #expect(lanes.tick(now: .seconds(2)) == [])
    #expect(lanes.tick(now: .seconds(3)) == [start(1, 2)])
    #expect(lanes.complete(start(1, 2), .settled, now: .seconds(3)) == [start(2)])
  }

  @Test("an account that is asked to wait waits as a whole; others go on")
  func accountPause() {
    var lanes = SendLanes()
    let other = SendLanes.Account(channel: "meta", account: "2")
    _ = lanes.offer(1, lane: lane(7), now: .zero)
    #expect(lanes.complete(start(1), .again(after: .seconds(5), wholeAccount: true), now: .zero) == [])
    #expect(lanes.offer(2, lane: lane(8), now: .zero) == [])
    #expect(lanes.offer(3, lane: lane(8, other), now: .zero) == [start(3)])
    #expect(lanes.nextWake(now: .zero) == .seconds(5))
    #expect(Set(lanes.tick(now: .seconds(5))) == [start(1, 2), start(2)])
  }

  @Test("an account that cannot send is tried with one message after a long pause, or when it is said to be up")
  func down() {
    var lanes = SendLanes()
    for number in 1...4 as ClosedRange<Int64> { _ = lanes.offer(number, lane: lane(number), now: .zero) }
    for number in 1...4 as ClosedRange<Int64> { #expect(lanes.complete(start(number), .down(for: .seconds(60)), now: .zero) == []) }
    #expect(lanes.isDown(account) && lanes.nextWake(now: .zero) == .seconds(60))
    // Four that found out at once are one failure.
    #expect(lanes.tick(now: .seconds(60)).count == 1)
    #expect(lanes.tick(now: .seconds(61)) == [] && lanes.nextWake(now: .seconds(61)) == nil)
    #expect(lanes.complete(start(1, 2), .down(for: .seconds(120)), now: .seconds(61)) == [])
    #expect(lanes.nextWake(now: .seconds(61)) == .seconds(181))
    #expect(lanes.comeUp("meta", account: "other", now: .seconds(62)) == [])
    #expect(lanes.comeUp("meta", now: .seconds(62)).count == 4)
    #expect(lanes.isDown(account) == false)
  }

  @Test("downtime grows with every failure and is never less than a minute")
  func downtime() {
    var lanes = SendLanes()
    _ = lanes.offer(1, lane: lane(7), now: .zero)
    #expect(lanes.downtime(of: start(1), random: 1) == .seconds(60))
    _ = lanes.complete(start(1), .down(for: .seconds(60)), now: .zero)
    #expect(lanes.tick(now: .seconds(60)) == [start(1, 2)])
    #expect(lanes.downtime(of: start(1, 2), random: 0) == .seconds(240))
    #expect(lanes.wait(of: start(1), provider: nil, random: 0) == .seconds(1))
    #expect(lanes.wait(of: start(1, 30), provider: nil, random: 0) == .seconds(300))
    #expect(lanes.wait(of: start(1), provider: .seconds(10), random: 1) == .seconds(11))
  }

  @Test("no more begin than are allowed in flight, and accounts take turns")
  func bounds() {
    var limits = SendLanes.Limits()
    (limits.perAccount, limits.total) = (2, 3)
    var lanes = SendLanes(limits: limits)
    let other = SendLanes.Account(channel: "meta", account: "2")
    for number in 1...5 as ClosedRange<Int64> { _ = lanes.offer(number, lane: lane(number), now: .zero) }
    #expect(lanes.inFlight == 2)
    #expect(lanes.offer(10, lane: lane(10, other), now: .zero) == [start(10)])
    #expect(lanes.offer(11, lane: lane(11, other), now: .zero) == [])
    #expect(lanes.nextWake(now: .zero) == nil)
    #expect(lanes.complete(start(1), .settled, now: .zero).count == 1)
    #expect(lanes.complete(start(2), .settled, now: .zero) == [start(3)] || lanes.inFlight == 3)
  }

  @Test("an account's rate holds, and it is known when the next may begin")
  func rate() {
    var lanes = SendLanes(
      limits: {
        var limits = SendLanes.Limits(); (limits.perAccount, limits.total) = (1000, 1000); return limits
      }())
    lanes.limit(account, perSecond: 80, now: .zero)
    var begun: [Duration] = []
    for number in 1...400 as ClosedRange<Int64> { begun += lanes.offer(number, lane: lane(number), now: .zero).map { _ in .zero } }
    var now = Duration.zero
    while begun.count < 400, let wake = lanes.nextWake(now: now) {
      now = max(wake, now)
      begun += lanes.tick(now: now).map { _ in now }
    }
    #expect(begun.count == 400)
    for (index, time) in begun.enumerated() { #expect(begun[index...].prefix { $0 < time + .seconds(1) }.count <= 89) }
    #expect(now >= .seconds(4) && now < .seconds(6))
  }

  @Test("what a channel is not there for waits without being counted as tried")
  func postponed() {
    var lanes = SendLanes()
    _ = lanes.offer(1, lane: lane(7), now: .zero)
    #expect(lanes.complete(start(1), .postponed(for: .seconds(1)), now: .zero) == [])
    #expect(lanes.tick(now: .seconds(1)) == [start(1)])
    lanes.suspend("meta")
    #expect(lanes.complete(start(1), .postponed(for: .zero), now: .seconds(1)) == [] && lanes.nextWake(now: .seconds(1)) == nil)
    #expect(lanes.resume("meta", now: .seconds(2)) == [start(1)])
    lanes.stop()
    #expect(lanes.offer(2, lane: lane(8), now: .seconds(2)) == [] && lanes.nextWake(now: .seconds(2)) == nil)
  }

  @Test("a message that comes back takes its old place; one that is dropped leaves none")
  func places() {
    var lanes = SendLanes()
    lanes.suspend("meta")
    for number in [5, 6] as [Int64] { _ = lanes.offer(number, lane: lane(7), now: .zero) }
    _ = lanes.offer(3, lane: lane(7), attempts: 2, now: .zero)
    #expect(lanes.remove(5, now: .zero) && lanes.remove(99, now: .zero))
    #expect(lanes.resume("meta", now: .zero) == [start(3, 3)])
    #expect(lanes.remove(3, now: .zero) == false)
    #expect(lanes.complete(start(3, 3), .settled, now: .zero) == [start(6)])
  }

  @Test("conversations that turn out to be one go on one after the other, in the order of their numbers")
  func merging() {
    var lanes = SendLanes()
    _ = lanes.offer(1, lane: lane(7), now: .zero)
    _ = lanes.offer(2, lane: lane(8), now: .zero)
    _ = lanes.offer(3, lane: lane(8), now: .zero)
    _ = lanes.offer(4, lane: lane(7), now: .zero)
    #expect(lanes.merge(8, into: 7, now: .zero) == [] && lanes.inFlight == 2)
    #expect(lanes.offer(5, lane: lane(7), now: .zero) == [])
    #expect(lanes.complete(start(1), .settled, now: .zero) == [], "the other is in flight")
    #expect(lanes.complete(start(2), .settled, now: .zero) == [start(3)])
    #expect(lanes.complete(start(3), .settled, now: .zero) == [start(4)])
    #expect(lanes.complete(start(4), .settled, now: .zero) == [start(5)])
    #expect(lanes.merge(99, into: 7, now: .zero) == [])
  }

  @Test("one that is to be tried again goes before what is newer in the conversation that it became part of")
  func mergingRetries() {
    var lanes = SendLanes()
    _ = lanes.offer(4, lane: lane(8), now: .zero)
    _ = lanes.complete(start(4), .again(after: .seconds(1), wholeAccount: false), now: .zero)
    _ = lanes.offer(5, lane: lane(7), now: .zero)
    #expect(lanes.merge(8, into: 7, now: .zero) == [])
    #expect(lanes.tick(now: .seconds(2)) == [], "5 is in flight")
    #expect(lanes.complete(start(5), .again(after: .seconds(1), wholeAccount: false), now: .seconds(2)) == [start(4, 2)])
    #expect(lanes.tick(now: .seconds(3)) == [])
    #expect(lanes.complete(start(4, 2), .settled, now: .seconds(3)) == [start(5, 2)])
    #expect(lanes.nextWake(now: .seconds(3)) == nil)
  }

  /// What a provider does, drawn at random: every message ends once, its conversation in order, whatever the pauses.
  @Test("every message is settled exactly once and in the order of its conversation", arguments: 0..<40)
  func conservation(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var limits = SendLanes.Limits()
    (limits.perAccount, limits.total) = (Int.random(in: 1...4, using: &generator), Int.random(in: 1...8, using: &generator))
    var lanes = SendLanes(limits: limits)
    var oracle = ConservationOracle<Int64>()
    let accounts = (0..<3).map { SendLanes.Account(channel: "c\($0 % 2)", account: "a\($0)") }
    lanes.limit(accounts[0], perSecond: 20, now: .zero)
    var now = Duration.zero
    var open: [(SendLanes.Start, SendLanes.Lane)] = []
    var settled: [Int64] = []
    var order: [SendLanes.Lane: [Int64]] = [:]
    var laneOf: [Int64: SendLanes.Lane] = [:]
    func take(_ starts: [SendLanes.Start]) {
      for start in starts {
        guard let lane = laneOf[start.number] else { Issue.record("\(start) was never offered"); continue }
        #expect(!open.contains { $0.1 == lane }, "two of one conversation in flight")
        open.append((start, lane))
      }
      #expect(open.count <= limits.total && lanes.inFlight == open.count)
      for account in accounts { #expect(open.filter { $0.1.account == account }.count <= limits.perAccount) }
    }
    var next: Int64 = 1
    while settled.count < 120 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<4 where next <= 120:
        let lane = SendLanes.Lane(accounts.randomElement(using: &generator)!, conversation: Int64.random(in: 1...4, using: &generator))
        laneOf[next] = lane
        oracle.send(next)
        oracle.acknowledge(next)
        next += 1
        take(lanes.offer(next - 1, lane: lane, now: now))
      case 4..<9 where !open.isEmpty:
        let (start, lane) = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
        let pause = Duration.milliseconds(Int.random(in: 0...5000, using: &generator))
        let outcome: SendLanes.Outcome =
          switch Int.random(in: 0..<10, using: &generator) {
          case 0: .again(after: pause, wholeAccount: false)
          case 1: .again(after: pause, wholeAccount: true)
          case 2: .down(for: pause)
          case 3: .postponed(for: pause)
          default: .settled
          }
        if outcome == .settled {
          settled.append(start.number)
          order[lane, default: []].append(start.number)
        }
        take(lanes.complete(start, outcome, now: now))
        #expect(lanes.complete(start, .settled, now: now) == [], "an outcome counts once")
      default:
        // Nothing but time can move it now: then it must know the time.
        if open.isEmpty, next > 120, settled.count < 120 {
          guard let wake = lanes.nextWake(now: now) else { Issue.record("stuck with \(lanes.count) left, seed \(seed)"); return }
          now = max(now, wake)
        } else {
          now += .milliseconds(Int.random(in: 0...500, using: &generator))
        }
        take(lanes.tick(now: now))
      }
    }
    #expect(oracle.judge(settled).isKept && lanes.count == 0)
    for numbers in order.values { #expect(numbers == numbers.sorted()) }
  }
}
