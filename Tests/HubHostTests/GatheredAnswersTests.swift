import Foundation
import HubTesting
import NIOCore
import Synchronization
import Testing

@testable import HubHost

/// Keeps what it is to do until the test lets it.
private final class HandLoop: EventLoop {
  private let tasks = Mutex<[@Sendable () -> Void]>([])

  var inEventLoop: Bool { false }
  /// How often it was woken and has not run since.
  var wakes: Int { tasks.withLock { $0.count } }

  func execute(_ task: @escaping @Sendable () -> Void) { tasks.withLock { $0.append(task) } }

  func run() {
    let due = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in due { task() }
  }

  func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> { fatalError("nobody asks") }
  func scheduleTask<T>(deadline: NIODeadline, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> { fatalError("nobody asks") }
  func scheduleTask<T>(in: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> { fatalError("nobody asks") }
  func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) { callback(nil) }
}

@Suite("Answers that a plugin gives while it is told of many things")
struct GatheredAnswersTests {
  private let answers = GatheredAnswers()
  private let loop = HandLoop()
  private let said = Said()

  private final class Said: Sendable {
    let words = Mutex<[String]>([])
  }

  private var words: [String] { said.words.withLock { $0 } }

  private func say(_ word: String, on loop: (any EventLoop)?) {
    answers.add(on: loop) { [said] in said.words.withLock { $0.append(word) } }
  }

  @Test("what is told alone is answered at once, and its loop is left alone")
  func alone() {
    say("a", on: loop)
    #expect(words == ["a"] && loop.wakes == 0)
  }

  @Test("what is answered meanwhile waits for the rest, goes out in its order, and wakes the loop once")
  func together() {
    answers.gather {
      for word in ["a", "b", "c"] { say(word, on: loop) }
      #expect(words.isEmpty && loop.wakes == 0)
    }
    #expect(words.isEmpty && loop.wakes == 1)
    loop.run()
    #expect(words == ["a", "b", "c"])
    say("d", on: loop)
    #expect(words.last == "d" && loop.wakes == 0, "that is over")
    answers.gather { say("e", on: loop) }
    loop.run()
    #expect(words == ["a", "b", "c", "d", "e"], "each time what was held then")
  }

  @Test("each loop gets its own answers, in their order")
  func loops() {
    let other = HandLoop()
    answers.gather {
      say("a", on: loop)
      say("b", on: loop)
      say("x", on: other)
      say("y", on: other)
      say("c", on: loop)
    }
    #expect(loop.wakes == 2 && other.wakes == 1)
    other.run()
    loop.run()
    #expect(words == ["x", "y", "a", "b", "c"])
  }

  @Test("what has no loop, and what another thread answers, waits for nothing")
  func others() async throws {
    try await onOwnThread { [self] in
      let (begun, answered) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      let other = Thread { [self] in
        begun.wait()
        say("elsewhere", on: loop)
        answered.signal()
      }
      other.start()
      answers.gather {
        say("here", on: loop)
        say("nowhere", on: nil)
        begun.signal()
        answered.wait()
        #expect(words == ["nowhere", "elsewhere"] && loop.wakes == 0)
      }
      loop.run()
      #expect(words == ["nowhere", "elsewhere", "here"])
    }
  }
}
