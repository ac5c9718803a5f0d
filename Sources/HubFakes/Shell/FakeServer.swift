import NIOCore
import NIOPosix
package import OrderedJSON
import Synchronization

/// A fake provider that listens: HTTP, Socket.IO where the provider has it, and the control API below `/_fake/`.
package final class FakeServer: Sendable {
  /// Where it listens, as `http://host:port`.
  package let url: String
  private let core: FakeCore
  private let group: MultiThreadedEventLoopGroup
  private let isStopped = Atomic<Bool>(false)

  private init(url: String, core: FakeCore, group: MultiThreadedEventLoopGroup) {
    self.url = url
    self.core = core
    self.group = group
  }

  /// Starts listening.
  ///
  /// - Parameters:
  ///   - ledger: keeps what happened, and knows what happened before.
  ///   - tell: takes lines for an operator; called on the server's event loop.
  package static func start(
    _ provider: any FakeProvider, host: String = "127.0.0.1", port: Int = 0, clock: FakeClock = FakeClock(), ledger: FakeLedger? = nil,
    tell: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> FakeServer {
    // One thread: what happens has one order, and the machine needs no lock.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let core = FakeCore(provider, host: host, port: port, clock: clock, ledger: ledger, group: group, tell: tell)
    do {
      return FakeServer(url: "http://\(try await core.listen())", core: core, group: group)
    } catch {
      await core.stop()
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Asks the control API without a connection.
  package func control(_ method: String, _ target: String, _ body: JSONValue? = nil) async -> FakeAnswer {
    await core.control(FakeCall(method, target, body: body?.serialized() ?? []))
  }

  /// Ends it, once; connections are cut.
  package func stop() async {
    guard isStopped.exchange(true, ordering: .relaxed) == false else { return }
    await core.stop()
    try? await group.shutdownGracefully()
  }
}
