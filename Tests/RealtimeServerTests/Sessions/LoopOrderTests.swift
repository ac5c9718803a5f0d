import Foundation
import NIOCore
import SocketIO
import Testing

@testable import RealtimeServer

@Suite("What other threads ask of a loop", .timeLimit(.minutes(1)))
struct LoopOrderTests {
  @Test("a join that another thread has asked for comes before a leave that the loop asks for afterwards")
  func leaveWins() async throws {
    try await Stage.run { stage in
      let id = try #require(SocketID(try await stage.webSocket().join()))
      let loop = stage.server.loops[id.key.loop]
      let rooms = try #require(loop.registry.find("/")).rooms[loop.index]
      let members = try await loop.eventLoop.submit {
        onAnotherThread { stage.server.join(id, rooms: ["room"]) }
        stage.server.leave(id, rooms: ["room"])
        return rooms.table.members(of: ["room"], except: []).count
      }.get()
      #expect(members == 0)
      try await loop.eventLoop.submit { #expect(rooms.table.members(of: ["room"], except: []).isEmpty) }.get()
    }
  }

  @Test("work keeps the order of asking, is done once, and more may be asked meanwhile")
  func order() async throws {
    try await Stage.run { stage in
      let loop = stage.server.loops[0]
      let order = Order()
      try await loop.eventLoop.submit {
        onAnotherThread {
          loop.run { loop in
            order.add(1)
            onAnotherThread { loop.run { _ in order.add(5) } }
            loop.run { _ in order.add(2) }
          }
          loop.run { _ in order.add(3) }
        }
        loop.run { _ in order.add(4) }
      }.get()
      await withCheckedContinuation { done in loop.run { _ in done.resume() } }
      #expect(order.numbers == [1, 2, 3, 4, 5])
    }
  }
}

/// Confined to one loop.
private final class Order: @unchecked Sendable {
  private(set) var numbers: [Int] = []
  func add(_ number: Int) { numbers.append(number) }
}

/// Does this on a new thread and waits for it, which only a loop's own thread may.
private func onAnotherThread(_ body: @escaping @Sendable () -> Void) {
  let done = DispatchSemaphore(value: 0)
  Thread.detachNewThread {
    body()
    done.signal()
  }
  done.wait()
}
