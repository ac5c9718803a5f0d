import HubTelemetry
import Logging
import OrderedJSON
import Synchronization
import Testing

/// Lines kept instead of written.
final class KeptLines: Sendable {
  private let kept = Mutex<[String]>([])
  let redactor = Redactor()

  var lines: [String] { kept.withLock { $0 } }

  func logger(_ level: Logger.Level = .trace, format: HubLogHandler.Format = .json) -> Logger {
    let output = LogOutput(now: { 1_767_614_400_123 }) { line in self.kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    return HubLogging(level: level, format: format, redactor: redactor, output: output).logger("hub.test")
  }

  func only() throws -> JSONValue {
    let line = try #require(lines.count == 1 ? lines.first : nil)
    #expect(line.hasSuffix("\n") && !line.dropLast().contains("\n"))
    return try JSONValue(parsing: String(line.dropLast()))
  }
}

@Suite("Logs")
struct LogTests {
  @Test("a line is one JSON object with time, level, logger, message and cause first")
  func line() throws {
    let kept = KeptLines()
    kept.logger().info("event stored", metadata: ["sequence": .stringConvertible(42), "cause": "01J", "adapter": "meta-main"])
    #expect(
      kept.lines == [
        #"{"time":"2026-01-05T12:00:00.123Z","level":"info","logger":"hub.test","message":"event stored","cause":"01J","adapter":"meta-main","sequence":42}"#
          + "\n"
      ])
  }

  @Test("metadata keep their kinds and nest, and can't pose as the line's own members")
  func kinds() throws {
    let kept = KeptLines()
    kept.logger().info(
      "m",
      metadata: [
        "count": .stringConvertible(3), "ratio": .stringConvertible(0.5), "ok": .stringConvertible(true),
        "big": .stringConvertible(UInt64.max),
        "list": ["a", .stringConvertible(1)], "nested": ["b": "c"], "level": "fake", "time": "fake",
      ])
    let line = try kept.only()
    #expect(line["count"] == 3 && line["ratio"] == 0.5 && line["ok"] == true && line["big"] == "18446744073709551615")
    #expect(line["list"] == ["a", 1] && line["nested"] == ["b": "c"])
    #expect(line["level"] == "info" && line["_level"] == "fake" && line["_time"] == "fake")
  }

  @Test("hostile texts stay inside their member: one line, valid JSON, the text unchanged")
  func injection() throws {
    for text in ["\n{\"level\":\"critical\"}", "\u{0}\u{1B}[31m", "\"}", "\\", "\r\n", "🙂\u{2028}"] {
      let kept = KeptLines()
      kept.logger().info("m", metadata: ["from": .string(text)])
      #expect(try kept.only()["from"]?.string == text)
      let human = KeptLines()
      human.logger(format: .human).info("m", metadata: ["from": .string(text)])
      let line = try #require(human.lines.first)
      #expect(!line.dropLast().utf8.contains { $0 < 0x20 })
    }
  }

  @Test("levels below the logger's are not written, the logger's own metadata are on every line, the event's win")
  func levels() throws {
    let kept = KeptLines()
    var logger = kept.logger(.warning)
    logger[metadataKey: "adapter"] = "a"
    logger[metadataKey: "x"] = "logger"
    logger.info("no")
    logger.warning("yes", metadata: ["x": "event"])
    let line = try kept.only()
    #expect(line["adapter"] == "a" && line["x"] == "event" && line["level"] == "warning")
  }

  @Test("an error is a member, without its secrets")
  func error() throws {
    struct Broken: Error, CustomStringConvertible { let description = "GET https://graph.example/?access_token=EAAB1234567 failed" }
    let kept = KeptLines()
    kept.logger().error("probe failed", error: Broken())
    #expect(try kept.only()["error"] == "GET https://graph.example/?access_token=[redacted] failed")
  }

  @Test("the human form has clock, level, message and members")
  func human() {
    let kept = KeptLines()
    kept.logger(format: .human).warning("slow sink", metadata: ["sink": "frontend", "lag": .stringConvertible(7), "why": "queue full"])
    #expect(kept.lines == ["12:00:00.123 warning  slow sink  lag=7  sink=frontend  why=\"queue full\"\n"])
  }

  @Test("lines of one key are thinned, and the next one says how many were left out")
  func thinning() throws {
    let kept = KeptLines()
    let clock = Atomic<Int64>(0)
    let limiter = LogLimiter(interval: 1000) { clock.load(ordering: .relaxed) }
    let logger = kept.logger(.info)
    for _ in 0..<5 { limiter.log(logger, .info, key: "a", "refused", ["n": .stringConvertible(1)]) }
    limiter.log(logger, .info, key: "b", "refused")
    limiter.log(logger, .debug, key: "c", "hidden")
    #expect(kept.lines.count == 2)
    clock.store(1000, ordering: .relaxed)
    limiter.log(logger, .info, key: "a", "refused")
    #expect(try JSONValue(parsing: String(#require(kept.lines.last).dropLast()))["suppressed"] == 4)
  }

  @Test("what was left out is told when the interval is over, with the names of the first of them, whether or not a further line comes")
  func names() throws {
    let kept = KeptLines()
    let clock = Atomic<Int64>(0)
    let waiting = Mutex<[@Sendable () -> Void]>([])
    let limiter = LogLimiter(interval: 1000, now: { clock.load(ordering: .relaxed) }) { wait, body in
      #expect(wait == 1000)
      waiting.withLock { $0.append(body) }
    }
    let logger = kept.logger(.info)
    func reject(_ range: ClosedRange<Int>) {
      for number in range {
        limiter.log(
          logger, .warning, key: "131047", "message rejected", naming: "msg_\(number): closed", common: ["channel": "meta"],
          own: ["message": "msg_\(number)"])
      }
    }
    func last() throws -> JSONValue { try JSONValue(parsing: String(#require(kept.lines.last).dropLast())) }
    reject(1...9)
    #expect(kept.lines.count == 1 && waiting.withLock { $0.count } == 1)
    #expect(try last()["message"] != nil)
    clock.store(1000, ordering: .relaxed)
    waiting.withLock { $0.removeLast() }()
    let summary = try last()
    #expect(kept.lines.count == 2 && summary["suppressed"] == 8 && summary["channel"] == "meta")
    #expect(summary["suppressed_first"] == .array((2...6).map { .string("msg_\($0): closed") }))
    reject(10...11)
    clock.store(2000, ordering: .relaxed)
    reject(12...12)
    #expect(try last()["suppressed_first"] == ["msg_10: closed", "msg_11: closed"], "the line after the interval tells it as well")
    waiting.withLock { $0.removeLast() }()
    #expect(kept.lines.count == 3, "what has been told is not told again")
  }

  @Test("once is once, and keys that an outsider chooses don't grow the table without end")
  func once() {
    var once = LogThinning(interval: nil, capacity: 10)
    #expect(once.decide("a", now: 0) == .write(.init()) && once.decide("a", now: .max - 1) == .leave(isFirst: true))
    var thinning = LogThinning(interval: 1000, capacity: 10)
    for key in 0..<1000 { #expect(thinning.decide("\(key)", now: 0) == .write(.init())) }
  }
}
