import Glibc
import HubTesting
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import RealtimeServer

@Suite("Listeners", .timeLimit(.minutes(2)))
struct ListenerTests {
  private func temporaryPath() -> String { "/tmp/hub-listener-\(UInt64.random(in: 0 ... .max)).sock" }

  @Test("a unix socket serves, a stale file is replaced, a live one and a foreign file are not")
  func unix() async throws {
    let path = temporaryPath()
    try await Fixture.run(at: .unix(path: path)) { fixture in
      #expect(fixture.listener.address == .unix(path: path))
      let client = try await fixture.client()
      client.send(get("/hello"))
      #expect(await client.response()?.body == "hello unix")
      await #expect(throws: IOError.self) { try await Fixture.serve(at: .unix(path: path)) { _ in } }
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
    }
    #expect(access(path, F_OK) != 0)
    let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try SocketAddress(unixDomainSocketPath: path).withSockAddr { #expect(bind(stale, $0, socklen_t($1)) == 0) }
    close(stale)
    try await Fixture.run(at: .unix(path: path)) { fixture in
      let client = try await fixture.client()
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
    }
    let file = try #require(fopen(path, "w"))
    fclose(file)
    await #expect(throws: IOError.self) { try await Fixture.run(at: .unix(path: path)) { _ in } }
    unlink(path)
  }

  @Test("a socket that already listens is taken over by its descriptor")
  func descriptor() async throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try SocketAddress(ipAddress: "127.0.0.1", port: 0).withSockAddr { #expect(bind(descriptor, $0, socklen_t($1)) == 0) }
    #expect(listen(descriptor, 16) == 0)
    try await Fixture.run(at: .descriptor(descriptor)) { fixture in
      let client = try await fixture.client()
      client.send(get("/hello"))
      #expect(await client.response()?.status == 200)
    }
  }

  @Test("an address in use is an error")
  func inUse() async throws {
    try await Fixture.run { fixture in
      _ = await #expect(throws: (any Error).self) { _ = try await Fixture.run(at: fixture.listener.address) { $0.listener } }
    }
  }

  @Test("shutdown refuses new connections, ends idle ones, and lets a request in flight end")
  func drains() async throws {
    try await Fixture.run { fixture in
      let (idle, busy) = (try await fixture.client(), try await fixture.client())
      idle.send(get("/hello"))
      #expect(await idle.response()?.status == 200)
      busy.send(get("/later"))
      let (_, responder) = await fixture.routes.held.next()
      async let done: Void = fixture.listener.shutdown(within: .seconds(60))
      #expect(await idle.readToEnd() == "")
      responder.respond(.init(status: 200, contentType: "text/plain", text: "served"))
      let last = await busy.response()
      #expect(last?.body == "served")
      #expect(last?.fields["connection"] == "close")
      busy.close()
      await done
      #expect(fixture.listener.counters.open == 0)
      await #expect(throws: (any Error).self) { try await fixture.client() }
    }
  }

  @Test("what is left at the deadline of a shutdown is cut off, websockets included")
  func deadline() async throws {
    try await Fixture.run { fixture in
      let socket = try await SocketClient.open(fixture)
      let client = try await fixture.client()
      client.send(get("/later"))
      let held = await fixture.routes.held.next()
      await fixture.listener.shutdown(within: .milliseconds(100))
      #expect(await client.readToEnd() == "")
      held.1.respond(.init(status: 200))
      #expect(await socket.next() == nil)
      #expect(fixture.listener.counters.open == 0)
    }
  }
}
