import Dispatch
import HubTesting
import Testing

@Suite("Test kit")
struct KitTests {
  @Test("the oracle names what was lost, what is there twice and what nobody sent")
  func oracle() {
    var oracle = ConservationOracle<String>()
    for id in ["a", "b", "c", "d"] { oracle.send(id) }
    for id in ["a", "b", "c"] { oracle.acknowledge(id) }
    #expect(oracle.count == 3)
    #expect(oracle.judge(["c", "b", "a"]).isKept)
    #expect(oracle.judge(["a", "b", "c", "d"]).isKept, "what was sent may have arrived unacknowledged")
    #expect(oracle.judge(["a", "a", "c", "x"]) == .init(lost: ["b"], doubled: ["a"], invented: ["x"]))
  }

  @Test("a seed gives the numbers of SplitMix64")
  func generator() {
    var generator = SeededGenerator(seed: 1_234_567)
    #expect((0..<3).map { _ in generator.next() } == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test("a mailbox gives its values in order, to those who came first")
  func mailbox() async {
    let mailbox = Mailbox<Int>()
    for value in 0..<100 { mailbox.put(value) }
    #expect(mailbox.count == 100)
    for value in 0..<100 { #expect(await mailbox.next() == value) }
    async let (first, second) = (mailbox.next(), mailbox.next())
    for value in [1, 2] { mailbox.put(value) }
    #expect(await Set([first, second]) == [1, 2])
  }

  @Test("a clock stands until it is moved, also back")
  func clock() {
    let clock = ManualClock(5)
    clock.advance(10)
    clock.advance(-20)
    #expect(clock.now == -5)
  }

  @Test("more blocked threads than the pool has leave the tests running", .timeLimit(.minutes(5)))
  func ownThreads() async throws {
    let (gate, began) = (DispatchSemaphore(value: 0), Mailbox<Void>())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await onOwnThread {
            began.put(())
            gate.wait()
          }
        }
      }
      for _ in 0..<20 { await began.next() }
      for _ in 0..<20 { gate.signal() }
      try await group.waitForAll()
    }
  }

  @Test("a child's output, errors and end are told, however much it says")
  func children() async throws {
    let run = try await ChildRun.of(["sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 3"])
    #expect(run.status == 3 && !run.isKilled)
    #expect(run.output.utf8.count == 300_000 && run.errors.utf8.count == 300_000)
    let killed = try await ChildRun.of(["sh", "-c", "kill -9 $$"])
    #expect(killed.isKilled && killed.status == 9)
  }
}
