import Dispatch
import HubServer
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite("Loop probe")
struct LoopProbeTests {
  private final class Order: Sendable {
    private let kept = Mutex<[String]>([])

    var entries: [String] { kept.withLock { $0 } }

    func append(_ entry: String) { kept.withLock { $0.append(entry) } }
  }

  @Test("case 23: a wedged loop leaves the question open until it turns again, others answer meanwhile")
  func case23_wedged() async throws {
    let (wedged, sound) = (MultiThreadedEventLoopGroup(numberOfThreads: 2), MultiThreadedEventLoopGroup(numberOfThreads: 1))
    let gate = DispatchSemaphore(value: 0)
    wedged.next().execute { gate.wait() }
    let order = Order()
    let question = Task {
      let answer = await LoopProbe(wedged).answers()
      order.append("answered")
      return answer
    }
    #expect(await LoopProbe(sound).answers())
    order.append("released")
    gate.signal()
    #expect(await question.value)
    #expect(order.entries == ["released", "answered"])
    try await wedged.shutdownGracefully()
    try await sound.shutdownGracefully()
  }
}
