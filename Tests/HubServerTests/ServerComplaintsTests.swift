import Logging
import Synchronization
import Testing

@testable import HubServer

@Suite("Hummingbird's messages")
struct ServerComplaintsTests {
  /// Keeps what it is given.
  private final class Lines: LogHandler, Sendable {
    let texts = Mutex<[String]>([])

    var logLevel: Logger.Level {
      get { .info }
      set {}
    }

    var metadata: Logger.Metadata {
      get { [:] }
      set {}
    }

    subscript(metadataKey _: String) -> Logger.MetadataValue? {
      get { nil }
      set {}
    }

    func log(event: LogEvent) { texts.withLock { $0.append("\(event.message): \(event.metadata?["reason"] ?? "")") } }
  }

  @Test("why a listener broke is logged, its announcements are not")
  func failure() {
    let lines = Lines()
    let logger = ServerComplaints.logger(Logger(label: "test") { _ in lines })
    logger.info("Server started and listening on 127.0.0.1:1")
    logger.error("Server shutdown error: Already closed")
    logger.error("Waiting on child channel: too many of them")
    #expect(lines.texts.withLock { $0 } == ["the admin listener failed: Waiting on child channel: too many of them"])
  }

  @Test("a listener that is cancelled says nothing")
  func cancellation() async {
    let lines = Lines()
    let logger = ServerComplaints.logger(Logger(label: "test") { _ in lines })
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      logger.error("Waiting on child channel: CancellationError()")
    }
    await task.value
    #expect(lines.texts.withLock { $0 }.isEmpty)
  }
}
