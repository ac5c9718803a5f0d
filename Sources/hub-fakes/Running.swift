import ArgumentParser
import Dispatch
import Glibc
import HubFakes
import OrderedJSON

/// What every fake can be told.
struct ListenOptions: ParsableArguments {
  @Option(help: "Where to listen; port 0 lets the system choose.")
  var listen = "127.0.0.1:0"

  @Option(help: "A file that what happened is kept in, so that a fake that was killed and is started again knows it.")
  var keep: String?

  @Flag(help: "Time stands still and moves by POST /_fake/clock only.")
  var manualClock = false

  var address: (host: String, port: Int) {
    get throws {
      guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]), (0...65535).contains(port) else {
        throw ValidationError("--listen is host:port, not \"\(listen)\"")
      }
      return (String(listen[..<colon]), port)
    }
  }

  func validate() throws { _ = try address }

  /// Listens until SIGTERM or SIGINT.
  func run(_ provider: any FakeProvider) async throws {
    signal(SIGPIPE, SIG_IGN)
    let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
    let sources = [SIGTERM, SIGINT].map { number in
      // Without this the default action would end the process before the source sees the signal.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
    let (host, port) = try address
    let clock = manualClock ? FakeClock(standingAt: FakeClock().now) : FakeClock()
    let ledger = try keep.map { try FakeLedger(path: $0) }
    let server = try await FakeServer.start(provider, host: host, port: port, clock: clock, ledger: ledger) { Output.tell($0) }
    Output.say(["fake": .string(provider.name), "url": .string(server.url), "control": .string("\(server.url)/_fake/")])
    for await _ in signals { break }
    await server.stop()
    for source in sources { source.cancel() }
  }
}

/// Where lines go, each at once.
enum Output {
  static func say(_ json: JSONValue) { put("\(json)", to: STDOUT_FILENO) }
  static func tell(_ line: String) { put(line.replacing("\n", with: " "), to: STDERR_FILENO) }

  private static func put(_ line: String, to descriptor: Int32) {
    let bytes = Array("\(line)\n".utf8)
    // Nobody left to read it is no reason to stop.
    _ = write(descriptor, bytes, bytes.count)
  }
}

/// Reads what files hold.
enum SecretFile {
  /// A secret without the line's end.
  static func text(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw ValidationError("\(path) can't be read: \(String(cString: strerror(errno)))") }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count - 1, file)
    let text = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.trimmingSuffix(while: \.isWhitespace)
  }
}

extension String {
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
    lastIndex { !isTrimmed($0) }.map { String(self[...$0]) } ?? ""
  }
}
