import AsyncHTTPClient
import Foundation
import HubConfig
import HubServer
import NIOCore
import NIOHTTP1
import OrderedJSON

/// Asks the hub that runs with a configuration, through the admin socket in its data folder: whichever other hub listens on a port of
/// this machine, it is never that one.
struct AdminClient {
  private let configuration: HubConfiguration
  private let file: String
  private let folder: String
  private let socket: AdminSocket

  init(_ source: ConfigurationOption) throws {
    configuration = try source.require(using: [["data"]])
    file = source.file
    folder = DataFolder.absolute(configuration.dataFolder)
    socket = AdminSocket(folder: folder)
  }

  /// The hub's process; nil when it cannot be seen from here.
  var peer: AdminPeer? { socket.peer }

  /// The hub's answer, or its words for why it refused.
  func call(_ method: HTTPMethod, _ path: String, body: JSONValue? = nil, timeout: TimeAmount = .seconds(10)) async throws -> JSONValue {
    try checkAccess()
    guard socket.isAnswered, let url = URL(httpURLWithSocketPath: socket.reachablePath, uri: path) else { throw await notRunning() }
    let (status, answer) = try await Self.ask(method, url.absoluteString, body: body, timeout: timeout)
    guard status < 300 else {
      let title = answer["title"]?.string ?? ""
      // What is wrong with what was typed says more than where it was said.
      if let detail = answer["detail"]?.string { throw CommandFailure(.failure, "\(title): \(detail)") }
      throw CommandFailure(.failure, "the hub with the data folder \(folder) answered \(status) \(title)")
    }
    return answer
  }

  /// That this user may know whether there is a hub.
  private func checkAccess() throws {
    guard access(folder, F_OK) == 0 || errno != ENOENT else { return }
    guard access(folder, X_OK) == 0, access(socket.reachablePath, W_OK) == 0 || errno != EACCES else {
      throw CommandFailure(.failure, "the data folder \(folder) belongs to another user: ask its hub as that user, or as root")
    }
  }

  private func notRunning() async -> CommandFailure {
    let state = access(folder, F_OK) == 0 ? "no hub is running with" : "no hub ever ran with"
    return CommandFailure(.failure, "\(state) the data folder \(folder) of \(file)\(await stranger())")
  }

  /// Who answers on the admin listener instead, to help somebody who is in the wrong folder.
  private func stranger() async -> String {
    guard case .tcp(let host, let port) = configuration.admin.listen, configuration.admin.token == nil else { return "" }
    let address = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    guard case (200, let body)? = try? await Self.ask(.GET, "http://\(address)/admin/v1/status", timeout: .seconds(2)),
      let node = body["node"]?.string, let data = body["data"]?.string
    else { return "" }
    return "; the hub that answers on \(address) is another one: \(node) with the data folder \(data)"
  }

  private static func ask(
    _ method: HTTPMethod, _ url: String, body: JSONValue? = nil, timeout: TimeAmount = .seconds(10)
  ) async throws -> (status: UInt, body: JSONValue) {
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .once)
    var request = HTTPClientRequest(url: url)
    request.method = method
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body.serialized()))
    }
    let status: UInt
    let bytes: [UInt8]
    do {
      let response = try await client.execute(request, timeout: timeout)
      let content = try await response.body.collect(upTo: 16 << 20)
      try await client.shutdown()
      status = response.status.code
      bytes = Array(content.readableBytesView)
    } catch {
      try? await client.shutdown()
      throw CommandFailure(.failure, "the hub did not answer: \(PlainWords.of(error))")
    }
    guard let answer = try? JSONValue(parsing: bytes) else {
      throw CommandFailure(.failure, "the hub answered \(status) with something that is not JSON; is it another version?")
    }
    return (status, answer)
  }
}
