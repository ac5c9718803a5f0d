import RealtimeServer

/// The command line.
struct FixtureArguments: Sendable {
  /// What the server is to be.
  enum Mode: String, CaseIterable, Sendable {
    case suiteEngine = "suite-engine"
    case suiteSocket = "suite-socket"
    case fixture
    case echo
    case httpEcho = "http-echo"
    case bench

    /// The suites send on two connections and take for granted that what was sent first is seen first, which one loop keeps.
    var loops: Int? { self == .suiteEngine || self == .suiteSocket ? 1 : nil }
  }

  /// What is wrong with a command line.
  struct Problem: Error {
    let text: String
  }

  static let usage = """
    usage: realtime-fixture --mode MODE [--host 127.0.0.1] [--port 0] [--loops N]
                            [--jwt-secret S] [--ping-interval MS] [--ping-timeout MS] [--deflate] [--recovery]
    modes: \(Mode.allCases.map(\.rawValue).joined(separator: ", "))
    """

  var mode = Mode.fixture
  var host = "127.0.0.1"
  var port = 0
  /// Event loops; nil means one for each core the process may run on, and one for the suites.
  var loops: Int?
  var secret: String?
  var pingInterval: Int64?
  var pingTimeout: Int64?
  /// Whether messages are compressed for clients that want it.
  var deflates = false
  /// Whether lost sockets can be had back.
  var recovers = false

  init(_ words: [String]) throws(Problem) {
    var rest = words[...]
    var isModeGiven = false
    while let flag = rest.popFirst() {
      if flag == "--deflate" {
        deflates = true
        continue
      }
      if flag == "--recovery" {
        recovers = true
        continue
      }
      guard let value = rest.popFirst() else { throw Problem(text: "\(flag) needs a value") }
      switch flag {
      case "--mode":
        guard let mode = Mode(rawValue: value) else { throw Problem(text: "no such mode: \(value)") }
        self.mode = mode
        isModeGiven = true
      case "--host": host = value
      case "--port": port = Int(try Self.number(value, flag, in: 0...65535))
      case "--loops": loops = Int(try Self.number(value, flag, in: 1...256))
      case "--jwt-secret": secret = value
      case "--ping-interval": pingInterval = try Self.number(value, flag, in: 1...86_400_000)
      case "--ping-timeout": pingTimeout = try Self.number(value, flag, in: 1...86_400_000)
      default: throw Problem(text: "no such flag: \(flag)")
      }
    }
    if isModeGiven == false { throw Problem(text: "--mode is missing") }
  }

  private static func number(_ text: String, _ flag: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64 {
    guard let number = Int64(text), range.contains(number) else { throw Problem(text: "\(flag) takes a number in \(range)") }
    return number
  }
}
