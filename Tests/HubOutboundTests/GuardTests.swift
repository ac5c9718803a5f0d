import AsyncHTTPClient
import HubHost
import HubModel
import HubTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import HubOutbound

@Suite("The guard of the hub's HTTP client", .timeLimit(.minutes(5)))
struct GuardTests {
  private func guarded(_ url: String) throws -> OutboundRequest {
    var request = OutboundRequest(method: "GET", url: try #require(OutboundURL(url)))
    (request.isGuarded, request.timeout) = (true, .seconds(10))
    return request
  }

  private func client(_ answers: [String]...) -> OutboundClient {
    let left = Mutex(answers[...])
    return OutboundClient(group: MultiThreadedEventLoopGroup.singleton) { _ in
      (left.withLock { $0.popFirst() } ?? []).compactMap { NetworkAddress($0) }
    }
  }

  @Test(
    "case43: a name that leads home, wholly or in part, is refused, and nothing is connected to",
    arguments: [["127.0.0.1"], ["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"]])
  func refuses(addresses: [String]) async throws {
    let server = try await LocalServer()
    let client = client(addresses)
    let answer = await Gatherer.send(try guarded("http://media.example:\(server.port)/"), through: client)
    #expect(answer.failure == OutboundFailure(.guarded, wasWritten: false, "the host's address is not public"))
    #expect(server.connections == 0)
    await client.shutdown()
    try await server.stop()
  }

  @Test("case43: a name that changes its address is looked at anew with every request")
  func rebinding() async throws {
    let client = client(["127.0.0.1"], [], ["10.0.0.1"])
    #expect(await Gatherer.send(try guarded("http://media.example/"), through: client).failure?.reason == .guarded)
    #expect(await Gatherer.send(try guarded("http://media.example/"), through: client).failure?.reason == .unresolved)
    #expect(await Gatherer.send(try guarded("http://media.example/"), through: client).failure?.reason == .guarded)
    await client.shutdown()
  }

  @Test(
    "case43: other spellings of an address are what the system takes them for",
    arguments: ["0x7f.1", "2130706433", "0177.0.0.1", "127.1", "localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
  func spellings(host: String) async throws {
    let server = try await LocalServer()
    let client = OutboundClient(group: MultiThreadedEventLoopGroup.singleton)
    let answer = await Gatherer.send(try guarded("http://\(host):\(server.port)/"), through: client)
    #expect(answer.failure?.reason == .guarded && answer.failure?.wasWritten == false)
    #expect(server.connections == 0)
    await client.shutdown()
    try await server.stop()
  }

  @Test("a guarded client connects to the address that was looked at and names the host that was asked for")
  func override() async throws {
    let server = try await LocalServer()
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let clients = KeptClients(loop: loop)
    let key = KeptClients.Key(place: .init(host: "media.example", address: try #require(NetworkAddress("127.0.0.1"))))
    #expect(try clients.take(key) == nil, "it is to be made")
    let client = try clients.take(key, believing: .default)
    let response = try await client.get(url: "http://media.example:\(server.port)/x").get()
    #expect(response.status == .ok)
    #expect(server.requests.first?.head.headers["host"] == ["media.example:\(server.port)"])
    clients.give(key)
    #expect(try clients.take(key) === client, "its connections are used again")
    clients.give(key)
    await clients.shutdown()
    #expect(throws: OutboundFailure.self) { try clients.take(key) }
    try await server.stop()
  }

  @Test(
    "over TLS the certificate has to name the host that was asked for, not the address that was looked at",
    arguments: ["DNS:localhost", "DNS:localhost,IP:127.0.0.1", "IP:127.0.0.1,DNS:other.example,DNS:LocalHost"])
  func overrideOverTLS(names: String) async throws {
    let certificate = try await SelfSignedCertificate.make(names: names)
    defer { certificate.remove() }
    let server = try await LocalServer(certificate: certificate)
    let clients = KeptClients(loop: MultiThreadedEventLoopGroup.singleton.next())
    let address = try #require(NetworkAddress("127.0.0.1"))
    for (host, isNamed) in [("localhost", true), ("media.example", false), ("localhost", true)] {
      let key = KeptClients.Key(place: .init(host: host, address: address), authority: certificate.certificate)
      let client = try clients.take(key) ?? clients.take(key, believing: .file(certificate.certificate))
      do {
        let status = try await client.get(url: "https://\(host):\(server.port)/x").get().status
        #expect(isNamed && status == .ok, "\(host)")
      } catch {
        let failure = OutboundFailure(error, headLeft: false)
        #expect(!isNamed && failure.reason == .tls && !failure.wasWritten, "\(host): \(error)")
      }
      clients.give(key)
    }
    #expect(server.requests.map { $0.head.headers["host"] } == Array(repeating: ["localhost:\(server.port)"], count: 2))
    await clients.shutdown()
    try await server.stop()
  }

  @Test(
    "names of certificates are compared label by label",
    arguments: [
      ("a.example", "a.example", true), ("A.example", "a.EXAMPLE.", true), ("a.example.", "*.example", true),
      ("a.example", "*.Example", true),
      ("b.a.example", "*.example", false), ("example", "*.example", false), (".example", "*.example", false), ("a.example", "*", false),
      ("a.example", "b.example", false), ("a.example", "", false), ("a.example", "*.", false), ("b.a.example", "*.a.example", true),
    ])
  func names(host: String, name: String, isNamed: Bool) { #expect(NamedHost.matches(host, name) == isNamed) }

  @Test("a lookup that takes too long ends with the request's time")
  func slowLookup() async throws {
    let gate = DispatchGate()
    let client = OutboundClient(group: MultiThreadedEventLoopGroup.singleton) { _ in
      gate.wait()
      return []
    }
    var request = try guarded("http://media.example/")
    request.timeout = .milliseconds(100)
    let answer = await Gatherer.send(request, through: client)
    #expect(answer.failure?.reason == .timeout && answer.failure?.wasWritten == false)
    gate.open()
    await client.shutdown()
  }
}
