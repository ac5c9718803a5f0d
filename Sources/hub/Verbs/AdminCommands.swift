import ArgumentParser
import AsyncHTTPClient
import Foundation
import HubConfig
import NIOCore
import NIOHTTP1
import OrderedJSON

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "status", abstract: "Ask the running hub how it is.")

  @OptionGroup var source: ConfigurationOption

  @Flag(help: "Print the answer as it comes.")
  var json = false

  func run() async throws {
    let answer = try await AdminClient(source).call(.GET, "/admin/v1/status")
    if json { return Terminal.say(answer) }
    Terminal.say(answer["ready"]?.bool == true ? "ready" : "not ready")
    for check in answer["checks"]?.array ?? [] {
      let detail = check["detail"]?.string.map { ": \($0)" } ?? ""
      Terminal.say("  \(check["ok"]?.bool == true ? "ok  " : "FAIL") \(check["name"]?.string ?? "")\(detail)")
    }
    for sink in answer["sinks"]?.array ?? [] where sink["lag"]?.int64 != 0 {
      Terminal.say("  \(sink["id"]?.string ?? "") is \(sink["lag"]?.int64 ?? 0) events behind")
    }
    for adapter in answer["adapters"]?.array ?? [] {
      Terminal.say("  \(adapter["state"]?.string ?? "") \(adapter["id"]?.string ?? "") (\(adapter["plugin"]?.string ?? ""))")
    }
  }
}

struct StopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop the running hub in good order.")

  @OptionGroup var source: ConfigurationOption

  func run() async throws {
    _ = try await AdminClient(source).call(.POST, "/admin/v1/stop")
    Terminal.say("stopping")
  }
}

/// Talks to the admin listener of the hub that runs with a configuration.
private struct AdminClient {
  private let base: String
  private let token: String?

  init(_ source: ConfigurationOption) throws {
    let configuration = try source.require()
    switch configuration.admin.listen {
    case .tcp(let host, let port): base = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    case .unix(let path):
      guard let url = URL(httpURLWithSocketPath: configuration.resolve(path)) else {
        throw CommandFailure(.failure, "\(path) is not the path of a socket")
      }
      base = url.absoluteString
    case .systemd: throw CommandFailure(.usage, "admin.listen is systemd; ask its socket directly")
    }
    token = try configuration.admin.token.map {
      String(decoding: try source.secrets(of: configuration).require($0, for: "admin.token"), as: UTF8.self)
    }
  }

  func call(_ method: HTTPMethod, _ path: String) async throws -> JSONValue {
    var request = HTTPClientRequest(url: base + path)
    request.method = method
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    let client = HTTPClient(eventLoopGroupProvider: .singleton)
    do {
      let response = try await client.execute(request, timeout: .seconds(10))
      let body = try await response.body.collect(upTo: 1 << 20)
      try await client.shutdown()
      guard response.status.code < 300 else { throw CommandFailure(.failure, "the hub answered \(response.status)") }
      return try JSONValue(parsing: Array(body.readableBytesView))
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      try? await client.shutdown()
      throw CommandFailure(.failure, "no hub answers on \(base) (\(error))")
    }
  }
}
