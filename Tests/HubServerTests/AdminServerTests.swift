import Foundation
import HubServer
import HubTelemetry
import HubTesting
import Logging
import OrderedJSON
import ServiceLifecycle
import Testing

@Suite("Admin server")
struct AdminServerTests {
  private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  private var routes: AdminRoutes {
    AdminRoutes(readiness: Readiness([]), metrics: MetricRegistry(), status: { [:] }, stop: {})
  }

  /// Runs a server on any free port or a path, gives its address to `body`, and stops it gracefully.
  private func serving(
    _ address: AdminAddress, token: String? = nil, _ body: @escaping @Sendable (AdminAddress) async throws -> Void
  ) async throws {
    let (addresses, bound) = AsyncStream.makeStream(of: AdminAddress.self)
    let server = try AdminServer(address: address, token: token, routes: routes, logger: quiet) { bound.yield($0) }
    let group = ServiceGroup(services: [server], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      tasks.addTask {
        for await address in addresses {
          try await body(address)
          return await group.triggerGracefulShutdown()
        }
      }
      try await tasks.waitForAll()
    }
  }

  private func ask(_ address: AdminAddress, _ text: String) async throws -> String {
    let target: RawHTTP.Target =
      switch address {
      case .tcp(_, let port): .port(port)
      case .unix(let path): .path(path)
      }
    return try await onOwnThread { try RawHTTP.exchange(target, text) }
  }

  private func status(_ address: AdminAddress, _ text: String) async throws -> Int {
    let words = try await ask(address, text).split(separator: " ", maxSplits: 2)
    return try #require(words.count > 1 ? Int(words[1]) : nil)
  }

  @Test("it answers over TCP, keeps a sane request id, and stops gracefully")
  func tcp() async throws {
    try await serving(.tcp(host: "127.0.0.1", port: 0)) { address in
      let answer = try await ask(address, RawHTTP.get("/healthz", headers: "X-Request-Id: my-id-1\r\n"))
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("{\"status\":\"ok\"}\n"))
      #expect(answer.lowercased().contains("x-request-id: my-id-1\r\n"))
      let other = try await ask(address, RawHTTP.get("/nothing", headers: "X-Request-Id: \(String(repeating: "x", count: 200))\r\n"))
      #expect(other.hasPrefix("HTTP/1.1 404 ") && other.contains("application/problem+json") && !other.contains("xxxx"))
      let head = try await ask(address, RawHTTP.get("/readyz", method: "HEAD"))
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
    }
  }

  @Test("it holds its token and refuses pages of other origins")
  func gate() async throws {
    try await serving(.tcp(host: "127.0.0.1", port: 0), token: "a-long-admin-token") { address in
      let bearer = "Authorization: Bearer a-long-admin-token\r\nContent-Length: 0\r\n"
      let unknown = try await status(address, RawHTTP.get("/metrics"))
      let known = try await status(address, RawHTTP.get("/admin/v1/stop", method: "POST", headers: bearer))
      let page = try await status(
        address, RawHTTP.get("/admin/v1/stop", method: "POST", headers: bearer + "Origin: https://evil.example\r\n"))
      #expect(unknown == 401 && known == 202 && page == 403)
    }
  }

  @Test("endless headers are refused and closed")
  func headers() async throws {
    try await serving(.tcp(host: "127.0.0.1", port: 0)) { address in
      let long = "X-Long: \(String(repeating: "x", count: 20_000))\r\n"
      let refused = try await status(address, RawHTTP.get("/healthz", headers: long))
      #expect((400...499).contains(refused))
    }
  }

  @Test("on a unix socket it serves, takes over what a dead process left, and refuses a live one's")
  func unixSocket() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let address = AdminAddress.unix(path: folder + "/admin.sock")
    for _ in 0..<2 {
      try await serving(address) { address in
        let alive = try await status(address, RawHTTP.get("/healthz"))
        #expect(alive == 200)
        // Without a token the mode is all that keeps others out.
        #expect(try FileManager.default.attributesOfItem(atPath: folder + "/admin.sock")[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["admin.sock"])
        let second = try AdminServer(address: address, token: nil, routes: routes, logger: quiet)
        await #expect(throws: AdminServer.ConfigurationError.alreadyRunning(path: folder + "/admin.sock")) { try await second.run() }
      }
    }
  }

  @Test("the socket of a data folder is its user's alone, takes the place of a dead hub's, and goes with the server", arguments: [1, 120])
  func dataFolder(length: Int) async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString.prefix(8))").path
    let folder = root + "/" + String(repeating: "d", count: length)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let socket = AdminSocket(folder: folder)
    #expect(socket.path == folder + "/admin.sock" && !socket.isAnswered)
    #expect(FileManager.default.createFile(atPath: socket.path, contents: nil))
    let (up, isUp) = AsyncStream.makeStream(of: Void.self)
    let server = AdminServer(socket: socket, routes: routes, logger: quiet) { _ in isUp.yield() }
    let group = ServiceGroup(services: [server], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await _ in up { break }
      #expect(try FileManager.default.attributesOfItem(atPath: socket.path)[.posixPermissions] as? Int == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["admin.sock"])
      // Another view of the same folder, as the command line has it.
      let other = AdminSocket(folder: folder)
      #expect(other.isAnswered)
      let stopped = try await status(
        .unix(path: other.reachablePath), RawHTTP.get("/admin/v1/stop", method: "POST", headers: "Content-Length: 0\r\n"))
      #expect(stopped == 202)
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test("what is no socket is never replaced by one")
  func otherFile() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/notes"
    #expect(FileManager.default.createFile(atPath: path, contents: Data("mine".utf8)))
    let server = try AdminServer(address: .unix(path: path), token: nil, routes: routes, logger: quiet)
    await #expect(throws: AdminServer.BindFailure.self) { try await server.run() }
    #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
  }

  @Test("a data folder where no socket can be made costs the socket, not the hub")
  func noNursery() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: folder + "/.admin/taken", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (up, isUp) = AsyncStream.makeStream(of: Void.self)
    let socket = AdminSocket(folder: folder)
    let server = AdminServer(socket: socket, routes: routes, logger: quiet) { _ in isUp.yield() }
    let group = ServiceGroup(services: [server], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await _ in up { break }
      #expect(!socket.isAnswered)
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  @Test("reachable from outside without a token is refused before anything listens")
  func open() {
    #expect(throws: AdminServer.ConfigurationError.self) {
      try AdminServer(address: .tcp(host: "0.0.0.0", port: 0), token: nil, routes: routes, logger: quiet)
    }
  }
}
